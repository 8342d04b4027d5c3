nonlocal refused


def f():
    match a:
        case {"k": b.c, **r}:
            d
