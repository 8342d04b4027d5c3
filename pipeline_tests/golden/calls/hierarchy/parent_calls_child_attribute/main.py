def act():
    pass


class Base:
    def run(self):
        self.action()


class Child(Base):
    def __init__(self):
        self.action = act


Child().run()
