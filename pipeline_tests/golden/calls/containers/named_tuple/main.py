from typing import NamedTuple


class Pair(NamedTuple):
    first: object
    second: object


def a():
    pass


def b():
    pass


pair = Pair(a, b)
pair.first()
pair.second()
