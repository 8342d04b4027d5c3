from dataclasses import dataclass

@dataclass
class Job:
    name: str
    run: object

def a():
    pass

match Job("x", a):
    case Job("x", f):
        f()
