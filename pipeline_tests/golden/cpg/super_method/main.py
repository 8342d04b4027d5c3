class Base:
    def sell(self):
        pass


class Shop(Base):
    def sell(self):
        super().sell()
