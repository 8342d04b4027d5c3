import collections as co
import pack
import pack.part as p
from pack import Thing as Other

a: "Other"
b: "pack.Thing"
c: "p.Thing.Inner"
d: "pack.part.Thing"
e: "co.OrderedDict"
f: "pack.nothing"
g: "other.Thing"
