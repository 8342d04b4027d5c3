import abc
import pack.part


class A(abc.ABC): ...


class B(pack.part.Outer.Inner, metaclass=abc.ABCMeta): ...
