def f():
    match a:
        case [x, y]:
            b
    c
