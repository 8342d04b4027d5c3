from abc import ABC, abstractmethod


class Base(ABC):
    @abstractmethod
    def go(self):
        pass


class Child(Base):
    def go(self):
        pass


def run(thing: Base):
    thing.go()


run(Child())
