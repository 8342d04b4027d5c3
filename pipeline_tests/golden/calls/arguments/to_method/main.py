def act():
    pass


class Shop:
    def run(self, function):
        function()


Shop().run(act)
