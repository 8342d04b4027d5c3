def work():
    pass


from lib import *

work()
