def a():
    pass
def give():
    yield from [a]
for f in give():
    f()
