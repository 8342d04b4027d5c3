nonlocal refused


def f():
    for a.b, c[d] in e:
        pass
