from typing import NamedTuple, Callable

def a():
    pass

class Job(NamedTuple):
    name: str
    run: Callable

    def start(self):
        self.run()

Job("x", a).start()
name, run = Job("y", a)
run()
