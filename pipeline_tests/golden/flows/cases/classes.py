"""Class methods, static methods, constructors, attributes of classes."""
from dataclasses import dataclass
from typing import NamedTuple

from probe import sink, source


class Made:
    shared = source()

    def __init__(self, value):
        self.value = value

    @classmethod
    def of(cls, value):
        return cls(value)

    @staticmethod
    def same(value):
        return value


@dataclass
class Point:
    x: str
    y: str = ""


class Pair(NamedTuple):
    left: str
    right: str


sink(Made.of(source()).value)  # flow
sink(Made.same(source()))  # flow
sink(Made.same("other"))  # none
sink(Made.shared)  # flow
p = Point(source(), "other")
sink(p.x)  # flow
sink(p.y)  # none
q = Point(y=source(), x="other")
sink(q.x)  # none
sink(q.y)  # flow
r = Pair("other", source())
sink(r.left)  # none
sink(r.right)  # flow
