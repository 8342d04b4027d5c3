def a():
    pass
def b():
    pass
items = [a]
items.append(b)
items[0]()
