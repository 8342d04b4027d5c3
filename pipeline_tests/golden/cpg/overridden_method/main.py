class Base:
    def count(self):
        pass


class Shop(Base):
    def sell(self):
        self.count()

    def count(self):
        pass
