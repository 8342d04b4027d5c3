def run(function=lambda: None):
    function()


run()
