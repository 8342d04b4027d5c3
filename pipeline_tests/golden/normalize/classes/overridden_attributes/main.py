class Base:
    limit = 10
    kind: str

    @property
    def size(self): ...

    class Meta: ...

    def name(self): ...


class Child(Base):
    limit: int = 20
    size = 3

    class Meta: ...

    @property
    def name(self): ...

    @name.setter
    def name(self, value): ...
