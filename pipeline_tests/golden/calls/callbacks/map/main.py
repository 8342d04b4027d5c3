def double(n):
    return n


list(map(double, [1]))
