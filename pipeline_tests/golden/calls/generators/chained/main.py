def a():
    pass
def source():
    yield a
def through(items):
    for item in items:
        yield item
for f in through(source()):
    f()
