import math
def circle(): pass
def _helper(): pass
