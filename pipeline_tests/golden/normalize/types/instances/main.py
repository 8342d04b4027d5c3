import m


class C: ...


def f(): ...


a = C()
b = dict(x=1)
c = f()
d = type(a)
m.e = C()
g = h = C()
