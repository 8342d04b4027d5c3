class Add:
    def run(self):
        pass

class Sub:
    def run(self):
        pass

def do(x):
    match x:
        case Add() as op:
            op.run()
        case Sub() as op:
            op.run()

do(Add())
do(Sub())
