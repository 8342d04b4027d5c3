def first():
    pass


def second():
    pass


def outer():
    chosen = first

    def inner():
        chosen()

    chosen = second
    inner()


outer()
