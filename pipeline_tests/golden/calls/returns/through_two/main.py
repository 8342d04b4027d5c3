def act():
    pass


def inner():
    return act


def outer():
    return inner()


outer()()
