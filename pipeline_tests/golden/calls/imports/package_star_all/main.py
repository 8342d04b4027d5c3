from lib import *

_work()
