known = []


def register(function):
    known.append(function)
    return function


@register
def act():
    pass


act()
known[0]()
