def a():
    pass


def b():
    pass


def run(*functions):
    for function in functions:
        function()


run(a, b)
