class B:
    def end(self):
        pass
class A:
    def start(self):
        return B()
A().start().end()
