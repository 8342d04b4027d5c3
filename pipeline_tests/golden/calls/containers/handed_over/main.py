def act():
    pass


def make():
    return [act]


def run(functions):
    for function in functions:
        function()


run(make())
