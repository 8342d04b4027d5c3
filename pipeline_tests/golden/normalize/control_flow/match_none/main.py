def f():
    match a:
        case None:
            b
    c
