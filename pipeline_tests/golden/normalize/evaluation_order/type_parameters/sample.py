nonlocal refused


def f():
    def g[T: a](p: b = c) -> d:
        pass
    class C[U](e):
        pass
    type X[V] = h
