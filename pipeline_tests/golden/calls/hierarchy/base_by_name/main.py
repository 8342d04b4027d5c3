class Base:
    def go(self):
        pass


class Child(Base):
    def go(self):
        Base.go(self)


Child().go()
