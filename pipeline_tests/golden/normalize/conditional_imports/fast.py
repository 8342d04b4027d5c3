load = 1
