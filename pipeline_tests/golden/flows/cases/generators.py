"""What generators yield is met when they are iterated."""
from contextlib import contextmanager

from probe import sink, source


def numbers():
    yield "other"
    yield source()


def through():
    yield from numbers()


def clean(x):
    yield "other"


for x in numbers():
    sink(x)  # flow
for x in through():
    sink(x)  # flow
for x in clean(source()):
    sink(x)  # none
sink(next(iter(clean(source()))))  # none


@contextmanager
def opened():
    yield source()


with opened() as x:
    sink(x)  # flow


class Manager:
    def __enter__(self):
        return source()

    def __exit__(self, *error):
        return None


with Manager() as x:
    sink(x)  # flow
