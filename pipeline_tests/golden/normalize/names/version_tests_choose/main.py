import sys
if sys.version_info < (3, 0):
    def encode(text): return text
    Text = unicode
else:
    def encode(text): return text.encode()
    Text = str
if sys.version_info[0] >= 3:
    from io import StringIO
else:
    from StringIO import StringIO
if (3, 0) > sys.version_info:
    bound = 1
elif sys.version_info >= (3, 2, 1) and not sys.version_info < (3, 3):
    bound = 2
else:
    bound = 3
