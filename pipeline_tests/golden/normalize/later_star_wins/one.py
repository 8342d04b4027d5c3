both = own = 1
