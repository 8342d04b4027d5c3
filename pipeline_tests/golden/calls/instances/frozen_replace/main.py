from dataclasses import dataclass, replace

@dataclass(frozen=True)
class P:
    x: int

    def go(self):
        pass

replace(P(1), x=2).go()
