class Leaf:
    def accept(self, visitor):
        return visitor.visit_leaf(self)


class Printer:
    def visit_leaf(self, leaf):
        pass


Leaf().accept(Printer())
