callbacks = []


def register(function):
    callbacks.append(function)


def fire():
    for callback in callbacks:
        callback()


def act():
    pass


register(act)
fire()
