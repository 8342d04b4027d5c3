class Base:
    def act(self):
        pass


class Child(Base):
    def act(self):
        pass


def any_base(thing):
    if isinstance(thing, Base):
        thing.act()


def only_child(thing):
    if isinstance(thing, Child):
        thing.act()


for made in (Base(), Child()):
    any_base(made)
    only_child(made)
