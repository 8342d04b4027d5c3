def inner():
    pass
def give():
    return inner
def run(f):
    f()
run(give())
