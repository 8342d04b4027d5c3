from ..tools import work
from .. import tools


def use():
    work()
    tools.work()
