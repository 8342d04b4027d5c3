nonlocal refused


def f():
    try:
        a
    except b:
        c
    else:
        d
    e
