def act():
    pass


class Shop:
    def __init__(self, function):
        function()


Shop(act)
