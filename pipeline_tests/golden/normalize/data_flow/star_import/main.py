from m import *
x = 1
def f():
    return y, x
print(x)
