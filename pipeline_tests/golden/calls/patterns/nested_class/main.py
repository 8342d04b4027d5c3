from dataclasses import dataclass

class Leaf:
    def go(self):
        pass

@dataclass
class Pair:
    left: object
    right: object

def walk(x):
    match x:
        case Pair(left=Leaf() as l, right=r):
            l.go()
            r.go()

walk(Pair(Leaf(), Leaf()))
