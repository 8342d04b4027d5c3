def act():
    pass


def a(function):
    def b():
        def c():
            function()

        return c

    return b


a(act)()()
