import typing
import typing as t
from typing import TYPE_CHECKING as CHECKING
from typing_extensions import TYPE_CHECKING
if typing.TYPE_CHECKING:
    import m1
if t.TYPE_CHECKING:
    import m2
if CHECKING:
    import m3
if not TYPE_CHECKING:
    import m4
else:
    import m5
if TYPE_CHECKING and later:
    import m6
if TYPE_CHECKING or later:
    import m7
if later:
    pass
elif TYPE_CHECKING:
    import m8
if TYPE_CHECKING:
    def inner():
        import m9
if not (t.TYPE_CHECKING or False):
    pass
else:
    import m10
    if later:
        import m11
