class Table:
    def __contains__(self, key):
        return True


1 in Table()
