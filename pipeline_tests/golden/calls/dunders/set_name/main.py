class Field:
    def __set_name__(self, owner, name):
        pass


class Shop:
    price = Field()
