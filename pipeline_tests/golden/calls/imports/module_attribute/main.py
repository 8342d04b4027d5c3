import lib

lib.work()
