def f():
    match a:
        case 1:
            return b
        case _:
            raise c
    d
