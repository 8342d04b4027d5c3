class Adder:
    def add(self, x):
        return x
list(map(Adder().add, [1, 2]))
