def f():
    for i in items():
        use(i)
    else:
        last()
