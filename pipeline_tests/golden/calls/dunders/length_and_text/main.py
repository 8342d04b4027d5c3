class Table:
    def __len__(self):
        return 0

    def __str__(self):
        return ""

    def __repr__(self):
        return ""


table = Table()
len(table)
str(table)
repr(table)
