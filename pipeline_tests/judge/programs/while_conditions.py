def run(items, flag):
    n = 0
    while items and (flag or items[-1] > 1) and not (n > 5 or items[0] is None):
        n += items.pop()
        if n == 3:
            items.append(1) if flag else None
    while not flag:
        flag = not flag
    else:
        n = -n
    return n, items, flag


print(run([1, 2, 3], True), run([1, 2, 3], False), run([None, 1], True), run([], False))
