from .gone import f
f()
