def act():
    pass


def make():
    yield act


list(make())[0]()
