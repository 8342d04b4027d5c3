def bound():
    error = "before"
    try:
        raise ValueError("x")
    except ValueError as error:
        kept = error
    try:
        return error
    except UnboundLocalError:
        return kept


def rebound():
    try:
        {}["k"]
    except KeyError as e:
        e = "own"
        print(e)
    e = 3
    return e


def deleted():
    try:
        1 / 0
    except ZeroDivisionError as e:
        del e
    return "fine"


print(bound(), rebound(), deleted())
