both = own = 2
