class Part:
    def __hash__(self):
        return 1


class Whole:
    def __init__(self, first):
        self.first = first

    def __hash__(self):
        return hash((self.first, 2))


whole = Whole(Part())
places = {(1, whole): "here"}
names = set([whole])
frozenset((Part(),))
