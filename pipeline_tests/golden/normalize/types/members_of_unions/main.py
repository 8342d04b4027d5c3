from typing import Annotated, Optional, Union

a: int | str | None
b: Union[int, Optional[str]]
c: Annotated[Union["int", bytes], 1] | float
d: list[int | str]
