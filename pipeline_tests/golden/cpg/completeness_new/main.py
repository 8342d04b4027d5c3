import outside


class Shop:
    def __new__(cls):
        return outside.make(cls)

    def __init__(self):
        pass


class Till:
    def __new__(cls):
        return super().__new__(cls)

    def __init__(self):
        pass


Shop()
Till()
