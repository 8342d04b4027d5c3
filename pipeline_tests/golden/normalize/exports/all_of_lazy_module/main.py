from lazy import *
heavy
