try:
    from fast import Base
except ImportError:
    from slow import Base


class A(Base): ...
