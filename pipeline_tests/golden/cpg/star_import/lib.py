__all__ = ["work"]


def work():
    pass


def hidden():
    pass
