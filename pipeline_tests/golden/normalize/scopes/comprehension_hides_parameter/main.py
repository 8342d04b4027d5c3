def twice(x, y):
    before = [x for x in x]
    after = [(x, y) for y in y for x in (y, x)]
    return x, y
