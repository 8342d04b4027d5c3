class C:
    def m(self):
        self.n += 1
        return self.n
