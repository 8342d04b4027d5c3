class Shop:
    def __init__(self):
        self._name = ""

    @property
    def name(self):
        return self._name

    @name.setter
    def name(self, value):
        self.check(value)

    def check(self, value):
        pass


Shop().name = "x"
