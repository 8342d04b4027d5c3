def decorate(function):
    return function


@decorate
def act():
    pass
