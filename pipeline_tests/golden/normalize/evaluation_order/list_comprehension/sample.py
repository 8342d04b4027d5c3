nonlocal refused


def f():
    [a for b in c if d for e in g]
