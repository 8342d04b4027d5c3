from typing import Self


class C:
    def same(self) -> Self: ...
