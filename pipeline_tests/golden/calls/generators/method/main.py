class Shop:
    def items(self):
        yield self

    def sell(self):
        pass


for shop in Shop().items():
    shop.sell()
