nonlocal refused


def f():
    try:
        return a
    finally:
        b
