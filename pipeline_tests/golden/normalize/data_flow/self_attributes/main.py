class C:
    def m(self, x):
        self.x = x
        a = self.x
        g(a)
        return self.x
