import sys, os
if sys.platform == "win32":
    import windows as host
elif sys.platform.startswith("linux"):
    import linux as host
else:
    import other as host
if os.name == "nt":
    import windows
