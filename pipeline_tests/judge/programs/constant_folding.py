def run(x):
    a = 1 + 2 * 3
    b = "a" * 3 if x else ("x", 1)[0]
    if "" or 0:
        c = 1
    elif not () and 1:
        c = 2
    for d in (1, 2, 3):
        pass
    if x in {1, 2, 3}:
        return a
    return a, b, c, d, -1, not None, x if True else a, ..., (1, (2, 3)), __debug__ and x


print(run(1), run(0))
