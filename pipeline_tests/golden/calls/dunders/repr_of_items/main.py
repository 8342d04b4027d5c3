class Item:
    def __repr__(self):
        return "item"


items = [Item()]
str(items)
f"{items}"
repr({"key": Item()})
