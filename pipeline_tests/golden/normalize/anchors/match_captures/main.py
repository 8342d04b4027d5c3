def f(p):
    match p:
        case [x, *rest]:
            a(x, rest)
        case {"k": v, **more}:
            b(v, more)
        case Point(u=y) | [y, 1] if y:
            c(y)
        case z:
            d(z)
