class Visitor:
    def visit(self, kind):
        return getattr(self, "visit_" + kind)()

    def visit_a(self):
        pass

    def visit_b(self):
        pass

    def other(self):
        pass


visitor = Visitor()
visitor.visit("a")
visitor.visit("b")
