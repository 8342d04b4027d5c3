class Shop:
    @property
    def name(self):
        return "x"

    def show(self):
        return self.name


Shop().show()
