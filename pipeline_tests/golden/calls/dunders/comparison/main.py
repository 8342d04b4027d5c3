class Money:
    def __eq__(self, other):
        return True

    def __lt__(self, other):
        return True


a, b = Money(), Money()
a == b
a < b
