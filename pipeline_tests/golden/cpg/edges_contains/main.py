@mark
def act(at=now):
    return 1


class Shop:
    stock = 2

    def sell(self):
        pass
