class C:
    def m(self):
        self.x = 1
        self = g()
        return self.x
