class Base:
    @classmethod
    def make(cls):
        return cls()


class Child(Base):
    def __init__(self):
        pass

    @classmethod
    def make(cls):
        return super().make()


Child.make()
