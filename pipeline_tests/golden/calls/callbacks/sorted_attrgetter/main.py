from operator import attrgetter

class P:
    def __init__(self, n):
        self._n = n

    @property
    def n(self):
        return self._n

for p in sorted([P(1), P(2)], key=attrgetter("n")):
    p.n
