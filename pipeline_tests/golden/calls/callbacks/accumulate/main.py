from itertools import accumulate

def add(x, y):
    return x + y

list(accumulate([1, 2, 3], add))
