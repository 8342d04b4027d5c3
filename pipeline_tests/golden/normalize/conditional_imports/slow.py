load = 2
