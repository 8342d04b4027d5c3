def f(v):
    x = 0
    match v:
        case [x, 1]:
            pass
    return x
