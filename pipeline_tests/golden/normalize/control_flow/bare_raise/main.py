def f():
    try:
        a
    except E:
        raise
