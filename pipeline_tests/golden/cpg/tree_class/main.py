class Shop(Base):
    stock = 1

    def sell(self):
        pass
