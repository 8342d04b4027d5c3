class Money:
    def __radd__(self, other):
        return self


1 + Money()
