class Base:
    def __add__(self, other):
        return self.join(other)


class Child(Base):
    def join(self, other):
        return self


Child() + 1
