def act():
    pass


def runner():
    action = yield
    action()
    yield


generator = runner()
next(generator)
generator.send(act)
