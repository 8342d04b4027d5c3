class Table:
    def __getitem__(self, key):
        return key

    def __setitem__(self, key, value):
        pass

    def __delitem__(self, key):
        pass


table = Table()
table[0]
table[0] = 1
del table[0]
