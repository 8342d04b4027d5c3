class A:
    def __setattr__(self, name, value):
        note()

    def __delattr__(self, name):
        note()

def note():
    pass

a = A()
a.x = 1
del a.x
