def f(v):
    match v:
        case [x, *y]:
            return x, y
        case {"k": z, **w}:
            return z, w
        case str() as s:
            return s
        case o:
            return o
