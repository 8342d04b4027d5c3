def a():
    pass
def b():
    pass
class Base:
    def __init__(self, f):
        self.f = f
class Child(Base):
    def __init__(self, f):
        super().__init__(f)
Child(a).f()
Base(b).f()
