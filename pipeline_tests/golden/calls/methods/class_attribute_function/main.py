def act(self):
    pass


class Shop:
    action = act


Shop().action()
