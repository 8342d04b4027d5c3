import elsewhere
from base import Base as Root


class A(Root):
    def run(self): ...


class B(elsewhere.Thing, Root):
    def run(self): ...
