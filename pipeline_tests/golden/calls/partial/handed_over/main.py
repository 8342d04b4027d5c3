from functools import partial


def act(n):
    pass


def run(function):
    function()


run(partial(act, 1))
