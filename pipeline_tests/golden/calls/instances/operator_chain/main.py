class Vector:
    def __add__(self, other):
        return Vector()
    def show(self):
        pass
(Vector() + Vector()).show()
