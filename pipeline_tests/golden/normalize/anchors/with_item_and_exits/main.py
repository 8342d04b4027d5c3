def f():
    with open(path) as stream:
        use(stream)
    after(1, 2, 3)
