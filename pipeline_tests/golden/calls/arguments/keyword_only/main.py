def act():
    pass


def run(*, function):
    function()


run(function=act)
