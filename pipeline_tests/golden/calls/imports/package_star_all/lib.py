__all__ = ["_work"]


def _work():
    pass
