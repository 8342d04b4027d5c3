def run(value):
    match value:
        case (a, b) if a > b:
            return a
        case (b, a) if a > b:
            return b, a
        case _:
            pass
    try:
        return a, b
    except UnboundLocalError:
        return "none"


print(run((2, 1)), run((1, 2)), run((1, 1)), run(3))
