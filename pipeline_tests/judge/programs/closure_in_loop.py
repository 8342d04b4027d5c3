def run(n):
    made = []
    for i in range(n):
        j = i * 2

        def f(extra):
            nonlocal j
            j += extra
            return i, j
        made.append(f)
    while n:
        n -= 1
        g = lambda: n
        made.append(lambda _, g=g: g())
    return [f(1) for f in made]


print(run(2))
