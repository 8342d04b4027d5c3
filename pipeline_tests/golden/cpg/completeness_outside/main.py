import somewhere
def f(): ...
act = somewhere.wrap(f) or f
act()
