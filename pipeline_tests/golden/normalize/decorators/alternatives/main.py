try:
    from functools import cached_property
except ImportError:
    from compat import cached_property

class K:
    @cached_property
    def c(self): ...
