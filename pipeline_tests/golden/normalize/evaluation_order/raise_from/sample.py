nonlocal refused


def f():
    raise a from b
