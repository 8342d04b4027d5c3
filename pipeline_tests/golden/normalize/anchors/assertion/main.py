def f(a, b):
    assert a, text(b)
    assert not a
