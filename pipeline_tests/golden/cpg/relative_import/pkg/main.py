from . import tools
from .tools import work

tools.work()
work()
