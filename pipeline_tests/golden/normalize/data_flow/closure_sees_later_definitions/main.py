def outer():
    a = 1
    def inner():
        return a
    a = 2
    return inner
