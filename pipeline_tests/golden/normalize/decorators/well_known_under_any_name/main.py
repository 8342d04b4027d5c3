import abc as a
import contextlib
from dataclasses import dataclass as record
from functools import cached_property, lru_cache, wraps as keeping
from typing import overload

@record(frozen=True)
class K:
    @cached_property
    def c(self): ...
    @staticmethod
    @lru_cache(maxsize=None)
    def s(): ...
    @classmethod
    @a.abstractmethod
    def m(cls): ...

@contextlib.contextmanager
def manage():
    @keeping(manage)
    def inner(): ...
    yield
@overload
def f(x: int): ...
