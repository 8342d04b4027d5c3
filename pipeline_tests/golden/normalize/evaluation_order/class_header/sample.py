nonlocal refused


def f():
    @a
    class C(b, m=c, **d):
        e
