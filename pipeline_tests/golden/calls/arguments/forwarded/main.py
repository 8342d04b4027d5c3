def act():
    pass


def run(function):
    function()


def forward(*args, **kwargs):
    return run(*args, **kwargs)


forward(act)
