class Shop:
    def get(self):
        return "x"

    name = property(get)


Shop().name
