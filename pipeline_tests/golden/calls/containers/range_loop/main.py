def a():
    pass
def b():
    pass
items = [a, b]
for at in range(len(items)):
    items[at]()
