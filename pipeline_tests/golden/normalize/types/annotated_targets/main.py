import m

top: int
m.attribute: str = ""
m.items[0]: bytes = b""


class C:
    member: float = 0.0

    def method(self):
        local: complex
        self.x: bool = True
