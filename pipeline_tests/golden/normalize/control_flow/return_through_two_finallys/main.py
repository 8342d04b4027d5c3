def f():
    try:
        try:
            return a
        finally:
            b
    finally:
        c
    d
