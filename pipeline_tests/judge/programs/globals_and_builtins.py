limit = 3
len = len


def read():
    return limit, len([1]), max(1, 2), __name__


def write():
    global limit, fresh
    limit = 10
    fresh = "made"
    return limit


def remove():
    global fresh
    del fresh


print(read(), write(), read(), fresh)
remove()
try:
    fresh
except NameError as error:
    print(error)
print(sorted, dir is not None, __file__ != "")
