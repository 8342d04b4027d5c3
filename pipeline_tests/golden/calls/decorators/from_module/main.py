from deco import decorate


@decorate
def act():
    pass


act()
