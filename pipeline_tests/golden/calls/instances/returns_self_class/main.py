class Base:
    @classmethod
    def make(cls):
        return cls()
    def act(self):
        pass
class Child(Base):
    def act(self):
        pass
Child.make().act()
