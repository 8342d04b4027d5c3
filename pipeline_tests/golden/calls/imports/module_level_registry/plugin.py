import hooks


def act():
    pass


hooks.add(act)
