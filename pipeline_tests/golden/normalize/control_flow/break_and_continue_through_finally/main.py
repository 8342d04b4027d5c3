def f():
    for i in a:
        try:
            if b:
                break
            if c:
                continue
            d
        finally:
            e
    g
