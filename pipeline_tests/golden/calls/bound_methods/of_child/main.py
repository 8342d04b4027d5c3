class Base:
    def __init__(self):
        self.action = self.hook

    def hook(self):
        pass


class Child(Base):
    def hook(self):
        pass


Child().action()
