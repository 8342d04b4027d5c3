from functools import cached_property


class Shop:
    @cached_property
    def name(self):
        return "x"


Shop().name
