import a as m
def f():
    import b as m
    return m
def g():
    global m
    try:
        import c as m
    except ImportError:
        pass
m
