from functools import cmp_to_key

def compare(x, y):
    return x - y

sorted([2, 1], key=cmp_to_key(compare))
