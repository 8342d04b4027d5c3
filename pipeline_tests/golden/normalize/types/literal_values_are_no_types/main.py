import typing as t
from typing import Literal
from typing import Literal as Value

a: Literal["not a type", 1]
b: t.Literal["x"]
c: Value["y", None]
d: "Literal['z']"
