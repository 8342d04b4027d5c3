from dataclasses import dataclass
from typing import overload


class Lost(Exception): ...


class Table(dict):
    def get(self, key, default=None):
        return dict.get(self, key, default)


@dataclass
class Shop:
    price: int | int = 0

    def open(self) -> "Shop":
        return self


@overload
def either(value: int) -> int: ...
@overload
def either(value: str) -> str: ...
def either(value):
    return value


def early(shop: Shop, wrong: int = "text"):
    print(total)
    total = shop.open().price + either(1) + len(either("a"))
    for each in range(total):
        total += each
    raise Lost(total)


def bound():
    return Shop()  # bound late


kept = bound().open()


class Till(Shop):
    def __call__(self): ...


class Stall(Till): ...


class Booth(Till): ...


def any_of(is_stall: bool):
    place = Stall() if is_stall else Booth()
    return place()


declared = "text"  # type: int
