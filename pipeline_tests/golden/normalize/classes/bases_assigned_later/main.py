class Mixin: ...


class Base: ...


class A(Base): ...


A.__bases__ = (Mixin, *A.__bases__)
