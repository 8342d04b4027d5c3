import left

left.ping(1)
