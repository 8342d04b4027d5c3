class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


def look(value):
    match value:
        case 0 | 1:
            return "small"
        case int(n) if n > 100:
            return "big", n
        case [a]:
            return "one", a
        case [first, *rest, last]:
            return first, rest, last
        case {"kind": "circle", "r": radius}:
            return radius
        case {"kind": kind, **others}:
            return kind, others
        case Point(0, y):
            return "axis", y
        case Point(x=px, y=py) as whole:
            return px, py, type(whole).__name__
        case str() | bytes() as text:
            return text
        case None:
            return "none"
        case -1.5 | 2 + 3j:
            return "number"
    return "nothing"


values = [0, 1, 101, 50, [7], [1, 2], [1, 2, 3], [], {"kind": "circle", "r": 2}, {"kind": "box", "w": 1}, {}]
values += [Point(0, 1), Point(2, 3), "s", b"b", None, -1.5, 2 + 3j, 1.0j]
for value in values:
    print(look(value))
