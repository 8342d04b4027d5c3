def act():
    pass


def outer(function):
    inner(function)


def inner(function):
    function()


outer(act)
