def f():
    for i in a:
        yield
