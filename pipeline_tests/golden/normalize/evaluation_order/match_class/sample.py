nonlocal refused


def f():
    match a:
        case K(b.c, x=None):
            d
