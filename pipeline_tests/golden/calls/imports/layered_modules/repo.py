from model import Model

class Repo:
    def __init__(self):
        self._items = []

    def add(self, name):
        m = Model(name)
        self._items.append(m)
        return m
