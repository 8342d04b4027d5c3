def good(n):
    return n


list(filter(lambda n: good(n), [1]))
