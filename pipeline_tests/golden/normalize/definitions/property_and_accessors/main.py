import functools

class Box:
    @property
    def size(self):
        return self._size

    @size.setter
    def size(self, value):
        self._size = value

    @functools.cached_property
    def area(self):
        return 1

    @staticmethod
    def build():
        pass

    @classmethod
    def load(cls):
        pass

    def __init_subclass__(cls):
        pass

    def __new__(cls):
        pass
