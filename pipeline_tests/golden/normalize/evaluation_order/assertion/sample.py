nonlocal refused


def f():
    assert a, b
    c
