class Base:
    def count(self):
        pass
