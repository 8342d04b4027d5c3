def a():
    pass


def b():
    pass


for name, function in {"a": a, "b": b}.items():
    function()
