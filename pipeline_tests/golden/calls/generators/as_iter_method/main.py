class Shop:
    def __iter__(self):
        yield self.item()

    def item(self):
        return 1


for item in Shop():
    pass
