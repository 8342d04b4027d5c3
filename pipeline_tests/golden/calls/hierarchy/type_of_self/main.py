class Base:
    def copy(self):
        return type(self)()


class Child(Base):
    def __init__(self):
        pass


Child().copy()
