def a():
    pass
def b():
    pass
items = [a]
items += [b]
for item in items:
    item()
