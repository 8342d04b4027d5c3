def outer(function):
    def wrap_outer():
        function()

    return wrap_outer


def inner(function):
    def wrap_inner():
        function()

    return wrap_inner


@outer
@inner
def act():
    pass


act()
