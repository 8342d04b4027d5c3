from collections import defaultdict

def a():
    pass

d = defaultdict(list)
d["x"].append(a)
for f in d["x"]:
    f()
