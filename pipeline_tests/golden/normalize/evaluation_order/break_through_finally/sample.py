nonlocal refused


def f():
    for x in a:
        try:
            break
        finally:
            b
    c
