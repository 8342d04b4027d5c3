def f():
    assert False, a
    b
