def a():
    pass
def b():
    pass
items = [a]
items.insert(0, b)
for f in items:
    f()
