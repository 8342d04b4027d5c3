def a():
    pass

def b():
    pass

fs = [a, b]
fs[0], fs[1] = fs[1], fs[0]
fs[0]()
