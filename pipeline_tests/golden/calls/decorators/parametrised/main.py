def decorate(label):
    def inner(function):
        def wrapper():
            function()

        return wrapper

    return inner


@decorate("x")
def act():
    pass


act()
