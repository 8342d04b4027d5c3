def a():
    pass
def b():
    pass
items = [a, a]
items[0] = b
items[0]()
items[1]()
