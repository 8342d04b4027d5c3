nonlocal refused


def f():
    import a, b.c as d
    from e import g, h
