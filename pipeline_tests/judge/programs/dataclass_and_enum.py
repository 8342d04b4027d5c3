from dataclasses import dataclass, field
from enum import Enum, auto, Flag
from typing import NamedTuple


@dataclass(order=True)
class Item:
    name: str
    count: int = 0
    tags: list = field(default_factory=list)

    def __post_init__(self):
        if self.count < 0:
            raise ValueError(self.name)


class Colour(Enum):
    RED = auto()
    BLUE = auto()
    CRIMSON = RED

    @property
    def low(self):
        return self.name.lower()


class Mode(Flag):
    R = 1
    W = 2
    RW = R | W


class Pair(NamedTuple):
    a: int
    b: int = 2


print(Item("a") < Item("b"), Colour.RED.low, Colour.CRIMSON, Mode.RW, Pair(1))
try:
    Item("x", -1)
except ValueError as error:
    print(error)
