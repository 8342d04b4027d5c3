class Shop:
    def sell(self):
        pass


shops = [Shop() for _ in range(2)]
shops[0].sell()
for shop in shops:
    shop.sell()
