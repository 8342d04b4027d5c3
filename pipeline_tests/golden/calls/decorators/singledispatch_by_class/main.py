from functools import singledispatch

@singledispatch
def show(x):
    pass

@show.register(int)
def _(x):
    helper()

def helper():
    pass

show(1)
