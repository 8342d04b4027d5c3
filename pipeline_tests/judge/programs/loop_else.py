def find(wanted, items):
    for i, item in enumerate(items):
        if item == wanted:
            break
    else:
        i = -1
    return i


def countdown(n, stop):
    while n > 0:
        n -= 1
        if n == stop:
            break
    else:
        return "all"
    return n


print(find(2, [1, 2, 3]), find(9, [1]), countdown(3, 1), countdown(3, 9), countdown(0, 0))
try:
    find(1, [])
except UnboundLocalError as error:
    print(error)
