def a():
    pass
def find(n):
    if n == 0:
        return a
    return find(n - 1)
find(2)()
