def a():
    pass

fs = [a] * 3
fs[2]()
