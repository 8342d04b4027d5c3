from enum import Enum

def add(x, y):
    return x + y

class Op(Enum):
    ADD = (add,)

    def __call__(self, x, y):
        return self.value[0](x, y)

Op.ADD(1, 2)
