value = 1


def work():
    pass


class Tool:
    pass
