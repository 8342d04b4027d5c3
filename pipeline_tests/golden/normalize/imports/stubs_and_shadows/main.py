from both import kind
from typed import f
from only import x
f()
