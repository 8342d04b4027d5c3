def f():
    assert True, a
    b
