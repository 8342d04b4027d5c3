import sys
if sys.platform == "win32":
    def wait(): return 1
else:
    def wait(): return 2
wait()
