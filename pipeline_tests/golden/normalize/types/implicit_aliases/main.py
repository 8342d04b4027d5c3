import re
from typing import Union


class C: ...


A = C
B = Union[int, "C"]
D = int | C | None
E = dict[str, C]
F = re.I | re.M
G = C()
H = {}["key"]
K = int
K = str


def f():
    L = int
