def f():
    for i in a:
        pass
    b
