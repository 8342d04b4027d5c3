class Shop:
    def open(self):
        pass
    def close(self):
        pass
shop = Shop()
for name in ("open", "close"):
    getattr(shop, name)()
