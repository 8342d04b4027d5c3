# requires 3.12
type Pairs[T] = list[tuple[T, T]]


def first[T: (int, str), *Ts, **P](items: list[T], default: T | None = None) -> T | None:
    for item in items:
        return item
    return default


class Stack[T]:
    kind = "stack"

    def __init__(self) -> None:
        self.items: list[T] = []

    def push[U](self, item: T, extra: U | None = None) -> "Stack[T]":
        self.items.append(item)
        return self

    class Inner[V]:
        both = (T, V)


print(first([1]), first([], "d"), Stack[int]().push(1).items, Pairs.__value__, Stack.Inner.both)
