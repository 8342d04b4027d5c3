import lib
from lib import absent

lib.nothing()
absent()
lib()
