def f():
    match a:
        case 1:
            b
        case 2 if c:
            d
        case _:
            e
    g
