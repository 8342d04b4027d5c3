def x(x):
    def y(y):
        x = y
        def x2():
            return x
        for x in range(2):
            y += x2()
        return x, y, [x for x in [x] for y in [x]]
    return y(x)


print(x(5))
