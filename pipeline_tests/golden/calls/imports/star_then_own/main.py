from lib import *


def work():
    pass


work()
rest()
