class Base:
    @property
    def name(self):
        return "base"

    def show(self):
        return self.name


class Child(Base):
    @property
    def name(self):
        return "child"


Child().show()
