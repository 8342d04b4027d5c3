class A: ...


class Outer:
    class A: ...

    x: "A"

    def method(self, a: "A") -> None:
        b: "A"


def f():
    class A: ...

    class Inner:
        c: "A"

    def g(d: "A"): ...


e: "A"
h: "int"
