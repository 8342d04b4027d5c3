from dataclasses import dataclass, field

@dataclass
class Bus:
    handlers: list = field(default_factory=list)

    def on(self, f):
        self.handlers.append(f)

    def fire(self):
        for h in self.handlers:
            h()

def a():
    pass

bus = Bus()
bus.on(a)
bus.fire()
