nonlocal refused


def f():
    match a:
        case b.c if d:
            e
        case _:
            g
    h
