import sys

if len(sys.argv) > 99:
    from fast import work
else:
    from slow import work

work()
