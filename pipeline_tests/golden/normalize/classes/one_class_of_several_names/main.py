import typing


class A(IOError): ...


class B(typing.Text): ...
