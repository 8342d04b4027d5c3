def f():
    match a:
        case 1 | 2:
            b
    c
