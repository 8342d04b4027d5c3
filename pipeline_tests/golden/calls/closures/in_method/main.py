class Shop:
    def seller(self):
        def sell():
            self.count()

        return sell

    def count(self):
        pass


Shop().seller()()
