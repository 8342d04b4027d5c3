def a():
    pass


def b():
    pass


table = {"a": a, "b": b}
for function in table.values():
    function()
