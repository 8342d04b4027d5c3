from typing import TypeAlias

Name: TypeAlias = "str | Later"


class Later: ...
