from a import tool
tool = wrap(tool)
from a import other
other.attribute = 1
def wrap(x): return x
