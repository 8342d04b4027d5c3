def helper():
    pass


class Base:
    def count(self):
        pass


class Shop(Base):
    count = helper

    def sell(self):
        self.count()
