class A:
    def __init__(self, given):
        self.given = given
        self.own = f
    def run(self):
        self.own()
        self.given()
def f(): ...
A(f).run()
