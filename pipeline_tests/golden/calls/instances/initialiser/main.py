class Shop:
    def __init__(self):
        pass


Shop()
