nonlocal refused


def f():
    try:
        a
    except b:
        c
    finally:
        d
    e
