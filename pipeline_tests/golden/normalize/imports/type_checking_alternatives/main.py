from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from real import Shape
else:
    from light import Shape
if TYPE_CHECKING:
    from real import Size
else:
    Size = object
Shape
Size
