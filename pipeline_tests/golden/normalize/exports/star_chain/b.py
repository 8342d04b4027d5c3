from c import *
_hidden = 1
