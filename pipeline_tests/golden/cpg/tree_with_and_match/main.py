with open(a) as b:
    pass
match b:
    case [1, *rest]:
        pass
