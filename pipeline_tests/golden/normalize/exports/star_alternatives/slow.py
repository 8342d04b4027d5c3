both = steady = 2
