if False:
    from a import item
else:
    item = None
if not 0:
    other = 1
else:
    import other
if 1 or unknown:
    third = 1
else:
    third = 2
if unknown and not True:
    fourth = 1
else:
    fourth = 2
