def shared(): ...
kept = 1
from m import *
kept = 2
shared
