import os
one: int
two: int = 2
three = 3
del os, three
try:
    pass
except ValueError as four:
    pass
five = 5
if two:
    del five
