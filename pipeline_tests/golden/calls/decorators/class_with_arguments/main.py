class Retry:
    def __init__(self, times):
        self.times = times

    def __call__(self, function):
        def wrapper():
            return function()

        return wrapper


@Retry(3)
def act():
    pass


act()
