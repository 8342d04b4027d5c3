def other():
    pass


def decorate(function):
    return other


@decorate
def act():
    pass


act()
