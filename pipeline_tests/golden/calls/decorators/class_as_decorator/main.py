class Decorate:
    def __init__(self, function):
        self.function = function

    def __call__(self):
        self.function()


@Decorate
def act():
    pass


act()
