def inner():
    return 1


def outer(value):
    return value


outer(inner())
