class V:
    def __init__(self, n):
        self.n = n

    def __radd__(self, other):
        return other + self.n

sum([V(1)])
