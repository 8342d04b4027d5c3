class Shop:
    def open(self):
        pass


def run(thing):
    if isinstance(thing, Shop):
        thing.open()


run(None)
