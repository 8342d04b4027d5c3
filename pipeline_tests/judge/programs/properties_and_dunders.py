class Vector:
    def __init__(self, *parts):
        self._parts = parts

    @property
    def size(self):
        return len(self._parts)

    @size.setter
    def size(self, n):
        self._parts = self._parts[:n]

    def __add__(self, other):
        if not isinstance(other, Vector):
            return NotImplemented
        return Vector(*(a + b for a, b in zip(self._parts, other._parts)))

    def __eq__(self, other):
        return isinstance(other, Vector) and self._parts == other._parts

    def __hash__(self):
        return hash(self._parts)

    def __getattr__(self, name):
        try:
            return self._parts["xyz".index(name)]
        except (ValueError, IndexError):
            raise AttributeError(name) from None

    def __bool__(self):
        return any(self._parts)

    def __contains__(self, item):
        return item in self._parts

    def __iter__(self):
        return iter(self._parts)

    def __call__(self, f):
        return [f(p) for p in self]


v = Vector(1, 2, 3)
v.size = 2
print(v.x, v.size, v + v == Vector(2, 4), 2 in v, bool(Vector(0)), v(str), [*v], {**{"v": v.y}})
for bad in (lambda: v.w, lambda: v + 1):
    try:
        bad()
    except (AttributeError, TypeError) as error:
        print(type(error).__name__)
