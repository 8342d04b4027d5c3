def size(x):
    return len(x)
max(["a", "bb"], key=size)
