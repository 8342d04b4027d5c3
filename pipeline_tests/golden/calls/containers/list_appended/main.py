def a():
    pass


def b():
    pass


table = []
table.append(a)
table.append(b)
for function in table:
    function()
