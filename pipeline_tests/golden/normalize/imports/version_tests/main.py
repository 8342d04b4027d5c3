import sys
if sys.version_info >= (3, 99):
    import newest as lib
elif sys.version_info >= (3, 3):
    import current as lib
else:
    import oldest as lib
if sys.version_info.major == 2:
    import oldest
