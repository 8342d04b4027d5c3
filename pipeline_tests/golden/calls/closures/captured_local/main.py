def act():
    pass


def outer():
    chosen = act

    def inner():
        chosen()

    inner()


outer()
