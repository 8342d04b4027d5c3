import base


class Shop(base.Base):
    def sell(self):
        self.count()
