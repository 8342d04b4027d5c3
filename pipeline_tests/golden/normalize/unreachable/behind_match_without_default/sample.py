def f():
    match a:
        case 1:
            return b
    c
