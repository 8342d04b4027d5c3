def first():
    pass


def second():
    pass


chosen = first


def run(function=chosen):
    function()


chosen = second
run()
