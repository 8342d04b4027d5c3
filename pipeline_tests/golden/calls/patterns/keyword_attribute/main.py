class Job:
    def __init__(self, f):
        self.f = f

def a():
    pass

match Job(a):
    case Job(f=g):
        g()
