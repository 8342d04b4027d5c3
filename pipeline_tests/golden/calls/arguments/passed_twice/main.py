def a():
    pass


def b():
    pass


def run(function):
    function()


run(a)
run(b)
