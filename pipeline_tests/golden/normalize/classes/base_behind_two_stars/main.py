from facade import Base


class A(Base): ...
