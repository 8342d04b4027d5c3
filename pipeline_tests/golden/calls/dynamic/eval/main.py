def act():
    pass


eval("act()")
