from typing import Protocol


class Runs(Protocol):
    def run(self): ...


class Engine:
    def run(self):
        pass


def start(thing: Runs):
    thing.run()


start(Engine())
