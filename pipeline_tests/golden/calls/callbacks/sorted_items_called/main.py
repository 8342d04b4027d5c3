def a():
    pass
def rank(f):
    return 0
for f in sorted([a], key=rank):
    f()
