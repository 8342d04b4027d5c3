from typing import TYPE_CHECKING
try:
    from fast import load
except ImportError:
    from slow import load
if TYPE_CHECKING:
    from types_ import Shape
def later():
    import fast
