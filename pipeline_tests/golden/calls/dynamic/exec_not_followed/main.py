import sys

exec("x = 1" if len(sys.argv) > 99 else "y = 2")
