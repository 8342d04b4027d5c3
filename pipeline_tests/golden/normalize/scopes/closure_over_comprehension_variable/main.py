makers = [lambda: i for i in range(3)]
def late():
    return [[lambda: (i, j) for j in (i,)] for i in range(2)]
