def f():
    while True:
        a
