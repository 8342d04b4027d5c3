def act():
    pass


a = act
b = a
c = b
c()
