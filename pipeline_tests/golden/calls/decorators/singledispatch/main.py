from functools import singledispatch


@singledispatch
def show(value):
    pass


@show.register
def show_number(value: int):
    pass


show("x")
show(1)
