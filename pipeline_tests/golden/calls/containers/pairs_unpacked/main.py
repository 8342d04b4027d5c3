def name():
    pass


def act():
    pass


for label, function in [(name, act)]:
    function()
