class V:
    def __init__(self, n):
        self.n = n

    def __lt__(self, other):
        return self.get() < other.get()

    def get(self):
        return self.n

sorted([V(2), V(1)])
