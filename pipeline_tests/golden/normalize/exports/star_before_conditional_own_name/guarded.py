from m import *
try:
    go
except NameError:
    def go(): ...
