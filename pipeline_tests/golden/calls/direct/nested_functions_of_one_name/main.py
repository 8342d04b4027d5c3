def a():
    def inner():
        pass

    inner()


def b():
    def inner():
        pass

    inner()


a()
b()
