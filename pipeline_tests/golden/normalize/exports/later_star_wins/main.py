from one import *
from two import *
own = 3
