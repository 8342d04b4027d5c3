import lib


class Child(lib.Base):
    def hook(self):
        pass


Child().run()
