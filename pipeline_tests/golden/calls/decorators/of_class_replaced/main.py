def single(kind):
    def get():
        return kind()

    return get


@single
class Shop:
    def __init__(self):
        pass

    def sell(self):
        pass


Shop().sell()
