def a():
    pass
def b():
    pass
def run(f=None, g=None):
    g()
options = {"f": a, "g": b}
run(**options)
