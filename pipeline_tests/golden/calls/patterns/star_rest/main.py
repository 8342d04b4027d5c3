def a():
    pass

def b():
    pass

match [1, a, b]:
    case [_, *rest]:
        for f in rest:
            f()
