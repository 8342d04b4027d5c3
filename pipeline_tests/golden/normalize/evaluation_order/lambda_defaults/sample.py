nonlocal refused


def f():
    lambda p=a, *, q=b: c
