def f():
    if TYPE_CHECKING:
        a
