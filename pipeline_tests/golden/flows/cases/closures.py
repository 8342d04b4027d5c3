"""Variables of the functions around."""
from probe import sink, source


def outer():
    x = source()
    y = "other"

    def inner():
        sink(x)  # flow
        sink(y)  # none

    inner()


def counted():
    x = "other"

    def change():
        nonlocal x
        x = source()

    change()
    sink(x)  # flow


def made(x):
    def get():
        return x

    return get


outer()
counted()
sink(made(source())())  # flow
