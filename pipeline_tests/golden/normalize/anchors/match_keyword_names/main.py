def f(p):
    match p:
        case Point(x, y=y):
            return x, y
