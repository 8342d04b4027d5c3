def decorate(function):
    def wrapper():
        function()

    return wrapper


@decorate
def act():
    pass


act()
