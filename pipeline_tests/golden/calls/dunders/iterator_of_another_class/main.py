class Steps:
    def __next__(self):
        raise StopIteration


class Stairs:
    def __iter__(self):
        return Steps()


for step in Stairs():
    pass
