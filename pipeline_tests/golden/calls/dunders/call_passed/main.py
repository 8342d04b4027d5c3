class Action:
    def __call__(self):
        pass


def run(function):
    function()


run(Action())
