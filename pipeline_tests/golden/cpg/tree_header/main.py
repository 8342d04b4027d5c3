@mark(1)
def act(this: Kind) -> Kind:
    pass
