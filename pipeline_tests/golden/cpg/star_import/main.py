from lib import *

work()
hidden()
