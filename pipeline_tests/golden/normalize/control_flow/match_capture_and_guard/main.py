def f():
    match a:
        case x if b:
            c
        case _:
            d
