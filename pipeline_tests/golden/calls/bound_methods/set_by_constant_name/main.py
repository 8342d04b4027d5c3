class Shop:
    pass


def act():
    pass


shop = Shop()
setattr(shop, "action", act)
shop.action()
