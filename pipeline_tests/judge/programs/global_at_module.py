global here
here = 1


class Part:
    global there
    there = here + 1
    own = there


def f():
    global here
    for here in range(3):
        pass
    with open(__file__) as here:
        pass
    import sys as here
    try:
        raise ValueError
    except ValueError as here:
        pass
    return there


print(f(), Part.own, hasattr(Part, "there"), "here" in globals())
