def choose(which):
    if which:
        return f
    return g
def f(): ...
def g(): ...
choose(1)()
