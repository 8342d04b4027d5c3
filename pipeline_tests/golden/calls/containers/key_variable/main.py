def a():
    pass

def b():
    pass

key = "first"
d = {}
d[key] = a
d["second"] = b
d[key]()
