class Base:
    def __init__(self):
        self.prepare()
    def prepare(self):
        pass
class Child(Base):
    def prepare(self):
        pass
Child()
