def decorate(function):
    def wrapper():
        function()

    return wrapper


mark = decorate


@mark
def act():
    pass


act()
