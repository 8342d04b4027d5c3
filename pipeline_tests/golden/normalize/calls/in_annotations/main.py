x: a() = 1
def f(p: b()) -> c():
    y: d() = e()
class K:
    z: g()
