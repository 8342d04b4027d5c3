class Money:
    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return self

    def __radd__(self, other):
        return self

    def __gt__(self, other):
        return True

    def __eq__(self, other):
        return False


class Plain:
    pass


one = Money(1)
2 + one
one + 2
Plain() < one
"text" == one
one != 3
