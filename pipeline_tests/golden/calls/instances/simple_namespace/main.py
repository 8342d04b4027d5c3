from types import SimpleNamespace

def a():
    pass

def b():
    pass

ns = SimpleNamespace(x=a, y=b)
ns.y()
