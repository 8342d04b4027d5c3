def run(function):
    function()


run(lambda: None)
