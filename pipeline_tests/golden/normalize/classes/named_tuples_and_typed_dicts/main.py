from typing import Generic, NamedTuple, TypedDict, TypeVar

T = TypeVar("T")


class Point(NamedTuple):
    x: int


class Colored(Point): ...


class Movie(TypedDict):
    name: str


class Rated(Movie, total=False):
    stars: int


class Box(TypedDict, Generic[T]):
    content: T
