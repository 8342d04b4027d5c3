def run(items, i, j):
    items[i:j] = [9]
    del items[j:]
    a = items[::2], items[i], items[-1:]
    items[i], b = items[-1], items[0]
    items[i] += 1
    return a, b, items


print(run([1, 2, 3, 4], 1, 3))
try:
    run([1], 5, 6)
except IndexError as error:
    print(error)
