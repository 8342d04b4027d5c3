def act():
    pass


def other():
    pass


def run(function=act):
    function()


run(other)
