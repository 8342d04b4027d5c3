def decorate(function=None, *, label=""):
    def apply(target):
        def wrapper():
            return target()

        return wrapper

    if function is None:
        return apply
    return apply(function)


@decorate
def a():
    pass


@decorate(label="x")
def b():
    pass


a()
b()
