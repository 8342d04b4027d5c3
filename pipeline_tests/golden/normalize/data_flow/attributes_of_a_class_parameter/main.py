class C:
    @classmethod
    def make(cls, other):
        cls.n = other.n
        return cls.n
