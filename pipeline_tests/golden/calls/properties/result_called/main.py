def act():
    pass


class Shop:
    @property
    def action(self):
        return act


Shop().action()
