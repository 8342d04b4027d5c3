class Point:
    x: int
    def move(self, by):
        self.x: int = by
        table[by]: str = self
table = {}
