both = quick = 1
