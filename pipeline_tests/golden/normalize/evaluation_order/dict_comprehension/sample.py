nonlocal refused


def f():
    {a: b for c in d}
