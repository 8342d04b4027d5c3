from b import g
def f(): return g
from b import late
