def double(n):
    return n


[double(n) for n in [1]]
