def a():
    pass
def b():
    pass
def run():
    x, y = a, b
    x, y = y, x
    x()
run()
