shared = kept = 3
