class Base:
    def __init__(self):
        self.action = self.act
    def act(self):
        pass
class Child(Base):
    def act(self):
        pass
Child().action()
