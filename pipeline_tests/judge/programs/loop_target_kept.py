def run(items):
    x = "before"
    for x in items:
        pass
    for items[0] in range(3):
        pass
    for a, (b, *c) in [(1, (2, 3, 4)), (5, (6,))]:
        pass
    return x, items, a, b, c


print(run([1, 2]))
