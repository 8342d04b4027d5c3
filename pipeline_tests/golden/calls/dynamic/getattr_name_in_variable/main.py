class Visitor:
    def visit(self, node):
        name = "visit_" + type(node).__name__
        found = getattr(self, name, self.generic)
        return found(node)

    def visit_int(self, node):
        return node

    def visit_str(self, node):
        return len(node)

    def generic(self, node):
        return None

    def other(self):
        return 0


visitor = Visitor()
visitor.visit(1)
visitor.visit("one")
visitor.visit(None)
