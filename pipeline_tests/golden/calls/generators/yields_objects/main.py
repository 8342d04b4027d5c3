class Item:
    def go(self):
        pass
def items():
    yield Item()
for item in items():
    item.go()
