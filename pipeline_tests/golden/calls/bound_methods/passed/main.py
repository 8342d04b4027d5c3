class Shop:
    def sell(self):
        pass


def run(function):
    function()


run(Shop().sell)
