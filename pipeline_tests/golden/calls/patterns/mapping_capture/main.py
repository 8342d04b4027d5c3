def a():
    pass

match {"f": a}:
    case {"f": g}:
        g()
