def f(a):
    try:
        if a:
            return one()
        two()
    finally:
        clean()
