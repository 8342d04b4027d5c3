size = 0
shrink = lambda item: (size := len(item)) and size
