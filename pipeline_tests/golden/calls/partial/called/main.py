from functools import partial


def act(a, b):
    pass


f = partial(act, 1)
f(2)
