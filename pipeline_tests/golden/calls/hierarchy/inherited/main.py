class Base:
    def go(self):
        pass


class Child(Base):
    pass


Child().go()
