def decorate(function):
    def wrapper():
        function()

    return wrapper


@decorate
def a():
    pass


@decorate
def b():
    pass


a()
b()
