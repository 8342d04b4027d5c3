def a():
    pass

def b():
    pass

fs = [a, b]
del fs[0]
fs[0]()
