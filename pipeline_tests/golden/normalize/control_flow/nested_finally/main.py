def f():
    try:
        try:
            a
        finally:
            b
    finally:
        c
