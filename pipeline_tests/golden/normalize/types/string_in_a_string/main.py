from typing import List

x: "List['Foo']"


class Foo: ...
