def a():
    pass
def b():
    pass
table = {"x": [a], "y": [b]}
for f in table["x"]:
    f()
