def decorate(function):
    def wrapper():
        function()

    return wrapper


def act():
    pass


wrapped = decorate(act)
wrapped()
