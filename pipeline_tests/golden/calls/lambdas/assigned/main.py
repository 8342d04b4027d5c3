def act():
    pass


f = lambda: act()
f()
