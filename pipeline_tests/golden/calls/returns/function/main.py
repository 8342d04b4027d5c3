def act():
    pass


def choose():
    return act


choose()()
