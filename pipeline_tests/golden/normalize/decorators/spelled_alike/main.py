from mine import dataclass, wraps

def property(function): return function

@dataclass
class K:
    @property
    def p(self): ...
    @wraps(p)
    def q(self): ...

def make(staticmethod):
    class Inner:
        @staticmethod
        def s(): ...
    return Inner
