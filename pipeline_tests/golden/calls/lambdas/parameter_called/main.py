def act():
    pass


apply = lambda function: function()
apply(act)
