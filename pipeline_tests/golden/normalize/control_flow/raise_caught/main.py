def f():
    try:
        raise E
    except F:
        a
