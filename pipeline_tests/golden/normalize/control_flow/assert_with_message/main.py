def f():
    assert a, b
    c
