from none import *
