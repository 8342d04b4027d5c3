class Base:
    def __hook(self):
        pass

    def run(self):
        self.__hook()


class Child(Base):
    def __hook(self):
        pass


Child().run()
