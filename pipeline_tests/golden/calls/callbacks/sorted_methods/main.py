class Item:
    def __init__(self, n):
        self.n = n
    def rank(self):
        return self.n
items = [Item(2), Item(1)]
items.sort(key=Item.rank)
items[0].rank()
