class Thing:
    def __init__(self):
        pass


Thing()


def Thing():
    pass


Thing()
