nonlocal refused


def f():
    match a:
        case (1 | 2) as x:
            b
