import a.b.c
import a.d as e
from a.b import c as f
a.b.c.value
a.d.value
e.value
f.value
a.missing
