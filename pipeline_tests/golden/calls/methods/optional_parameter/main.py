from typing import Optional


class Shop:
    def sell(self):
        pass


def run(shop: Optional[Shop] = None):
    if shop is not None:
        shop.sell()


run(Shop())
