from itertools import groupby

def key(x):
    return x

for k, group in groupby([1, 2], key):
    pass
