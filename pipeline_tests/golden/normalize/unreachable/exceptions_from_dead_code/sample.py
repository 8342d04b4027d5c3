def f():
    try:
        raise a
        b
    except c:
        d
