import sys
if len(sys.argv) > 100:
    from one import f
else:
    from two import f
f()
