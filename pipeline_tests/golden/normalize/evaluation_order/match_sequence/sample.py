nonlocal refused


def f():
    match a:
        case [b.c, x, *y]:
            d
