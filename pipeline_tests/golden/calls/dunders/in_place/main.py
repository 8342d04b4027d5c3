class Money:
    def __iadd__(self, other):
        return self


m = Money()
m += 1
