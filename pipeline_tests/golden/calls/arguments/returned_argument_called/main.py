def a():
    pass
def b():
    pass
def choose(flag, x, y):
    if flag:
        return x
    return y
choose(True, a, b)()
