import m

a = []  # type: list[int]
b, c = 1, ""  # type: int, str
d = m.x()  # type: ignore[attr-defined]
m.e = None  # type: "bytes"
for f in m:  # type: float
    pass
with m as g:  # type: complex
    pass
h = i = None  # type: bool
m.x(1)  # type: int
