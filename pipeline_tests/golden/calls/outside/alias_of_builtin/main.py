size = len
size([])
