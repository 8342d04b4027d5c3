import dataclasses
import functools


def register(cls):
    return object


@register
class A: ...


@dataclasses.dataclass(slots=True)
class B: ...


@functools.total_ordering
class C(B): ...


class D(A): ...
