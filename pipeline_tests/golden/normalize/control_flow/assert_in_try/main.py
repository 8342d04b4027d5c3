def f():
    try:
        assert a
    except E:
        b
