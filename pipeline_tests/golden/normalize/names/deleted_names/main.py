import os as _os
loader = _os.getcwd
del _os
for index in range(3):
    pass
del index
def late():
    return index, _os
