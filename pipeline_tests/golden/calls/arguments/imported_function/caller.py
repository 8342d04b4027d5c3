def run(function):
    function()
