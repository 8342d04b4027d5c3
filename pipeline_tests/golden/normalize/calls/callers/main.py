@deco(a())
def f(x=b()):
    return [c() for _ in d()]

class K(e()):
    g()
    h = lambda: i()
