def outer():
    def inner():
        act()
    act = f
    inner()
def f(): ...
