class Model:
    def __init__(self, name):
        self.name = name

    def validate(self):
        _check(self.name)

def _check(name):
    pass
