def gen(items):
    last = None
    for item in items:
        yield last
        last = item
