def a():
    pass

d = dict.fromkeys(["x", "y"], a)
d["x"]()
