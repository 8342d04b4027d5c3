import a
from a import f
def g(): return a.f
late = f
