def f():
    assert a
    b
