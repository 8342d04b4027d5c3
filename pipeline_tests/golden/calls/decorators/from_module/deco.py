def decorate(function):
    def wrapper():
        return function()

    return wrapper
