def a():
    pass


def b():
    pass


for function in (a, b):
    function()
