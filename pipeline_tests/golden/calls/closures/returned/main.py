def outer():
    def inner():
        pass

    return inner


f = outer()
f()
