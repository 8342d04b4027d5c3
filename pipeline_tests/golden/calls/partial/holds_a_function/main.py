from functools import partial


def act():
    pass


def run(function):
    function()


partial(run, act)()
