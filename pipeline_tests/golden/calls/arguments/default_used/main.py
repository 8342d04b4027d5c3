def act():
    pass


def run(function=act):
    function()


run()
