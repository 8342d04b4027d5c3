class Num:
    pass

class Visitor:
    def visit(self, node):
        return getattr(self, "visit_" + type(node).__name__, self.generic)(node)

    def visit_Num(self, node):
        pass

    def generic(self, node):
        pass

Visitor().visit(Num())
