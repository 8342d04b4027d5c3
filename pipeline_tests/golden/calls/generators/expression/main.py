def double(n):
    return n


list(double(n) for n in [1, 2])
