def f():
    while a:
        try:
            b
        finally:
            break
    c
