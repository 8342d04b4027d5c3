def f():
    try:
        risky()
    except Error as e:
        log(e)
    after(1, 2, 3)
