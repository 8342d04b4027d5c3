def f():
    with a:
        with b:
            c
