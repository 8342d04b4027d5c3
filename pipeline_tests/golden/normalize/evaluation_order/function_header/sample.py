nonlocal refused


def f():
    @a
    @b
    def g(p: c = d, *, q: e = h) -> i:
        pass
