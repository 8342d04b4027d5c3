def act():
    pass


a = b = act
a()
b()
