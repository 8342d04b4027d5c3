class Till:
    def open(self):
        pass


class Shop:
    till: Till

    def sell(self):
        self.till.open()
