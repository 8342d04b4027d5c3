import lib

tools = lib
tools.work()
