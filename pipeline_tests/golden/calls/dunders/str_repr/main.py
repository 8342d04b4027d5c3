class A:
    def __str__(self):
        return self.text()

    def text(self):
        return "a"

str(A())
f"{A()}"
