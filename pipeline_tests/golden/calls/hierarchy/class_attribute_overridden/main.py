class Plain:
    def __init__(self):
        pass


class Fancy:
    def __init__(self):
        pass


class Base:
    kind = Plain

    def make(self):
        return self.kind()


class Child(Base):
    kind = Fancy


Child().make()
