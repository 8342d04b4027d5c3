def dataclass(cls): return cls
def wraps(function): return lambda other: other
