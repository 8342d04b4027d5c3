class Field:
    def __get__(self, instance, owner):
        return 1


class Shop:
    price = Field()


Shop().price
