one = two = 1
