import lib
name = "a"
getattr(lib, name)()
