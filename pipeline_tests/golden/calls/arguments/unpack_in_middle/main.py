def a():
    pass

def b():
    pass

def c():
    pass

def run(x, y, z):
    z()

run(a, *[b], c)
