# one
def f():
    # two
    return return
