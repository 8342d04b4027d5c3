from functools import total_ordering


@total_ordering
class Shop:
    def __init__(self):
        pass

    def __lt__(self, other):
        return True

    def __eq__(self, other):
        return True

    def sell(self):
        pass


Shop().sell()
