import a
import a.b
import a.b as c
from a import b
from a import x as z
from a.b import y
