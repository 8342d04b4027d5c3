def extend(cls):
    class Child(cls):
        def more(self):
            self.base()
    return Child

@extend
class A:
    def base(self):
        pass

A().more()
