x = "module"
class Body:
    x = "class"
    before = x
    del x
    after = x
    x = "again"
    anew = x
    if anew:
        del x
    perhaps = x
    del x
    x = x
    for item in (1, 2):
        del x
        inside = x
        x = item
    del item
    gone = item


sum = max
total = sum(1, 2)
del sum
total = sum([1])
sum = sum
del sum


def own():
    global max
    max = min
    del max
    return max(1, 2)


def local(len):
    del len
    return len
min = abs
def rebinds():
    global min
    min = abs
del min
rebinds()
min(1)
