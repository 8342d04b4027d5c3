def act():
    pass


def outer(function):
    def inner():
        function()

    return inner


outer(act)()
