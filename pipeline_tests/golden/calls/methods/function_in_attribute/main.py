def act():
    pass


class Shop:
    def __init__(self):
        self.action = act

    def run(self):
        self.action()


Shop().run()
