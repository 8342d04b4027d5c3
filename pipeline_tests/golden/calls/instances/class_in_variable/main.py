class Shop:
    def __init__(self):
        pass


Place = Shop
Place()
