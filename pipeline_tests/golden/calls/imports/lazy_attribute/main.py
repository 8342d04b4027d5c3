import lib

lib.absent()
