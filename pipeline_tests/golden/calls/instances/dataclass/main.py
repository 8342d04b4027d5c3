from dataclasses import dataclass


@dataclass
class Shop:
    name: str

    def __post_init__(self):
        pass

    def sell(self):
        pass


Shop("x").sell()
