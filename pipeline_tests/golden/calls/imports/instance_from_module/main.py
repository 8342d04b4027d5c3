from shop import shop

shop.sell()
