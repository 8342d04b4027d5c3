def act():
    pass


def actions():
    yield act


next(actions())()
