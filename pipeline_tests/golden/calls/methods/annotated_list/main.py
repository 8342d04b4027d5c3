class Shop:
    def sell(self):
        pass


def run(shops: list[Shop]):
    for shop in shops:
        shop.sell()
