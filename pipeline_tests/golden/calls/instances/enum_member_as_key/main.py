from enum import Enum

class Op(Enum):
    ADD = "+"
    SUB = "-"

    def apply(self):
        return TABLE[self]()

def add():
    pass

def sub():
    pass

TABLE = {Op.ADD: add, Op.SUB: sub}
Op.ADD.apply()
