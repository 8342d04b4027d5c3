class C:
    def m(self):
        self.x = 1
        del self.x
        return self.x
