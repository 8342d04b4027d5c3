def act():
    pass


def fallback():
    pass


def run(function=None):
    (function or fallback)()


run(act)
run()
