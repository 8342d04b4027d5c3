nonlocal refused


def f():
    while a:
        try:
            try:
                continue
            finally:
                b
        finally:
            c
