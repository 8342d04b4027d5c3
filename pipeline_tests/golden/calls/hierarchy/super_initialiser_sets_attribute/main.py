def act():
    pass


class Base:
    def __init__(self, action):
        self.action = action


class Child(Base):
    def __init__(self):
        super().__init__(act)

    def run(self):
        self.action()


Child().run()
