def a():
    pass
def b():
    pass
def run(f, g):
    g()
pair = [a, b]
run(*pair)
