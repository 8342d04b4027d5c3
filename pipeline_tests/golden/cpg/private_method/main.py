class Base:
    def __hide(self):
        pass


class Shop(Base):
    def __hide(self):
        pass

    def sell(self):
        self.__hide()


class Late(Base):
    def sell(self):
        self.__hide()
