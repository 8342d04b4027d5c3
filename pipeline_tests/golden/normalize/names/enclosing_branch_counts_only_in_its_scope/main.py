import sys
if sys.version_info < (3,):
    def old():
        value = 1
        return value
