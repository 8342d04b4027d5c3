class Key:
    def __hash__(self):
        return 1

    def __eq__(self, other):
        return True


one, two = Key(), Key()
seen = {one}
seen.add(two)
two in seen
table = {}
table[one] = 1
table[two]
table.get(two)
table.pop(two)
two in [one]
[one].index(two)
