import os
nonlocal x
def f():
    return os
