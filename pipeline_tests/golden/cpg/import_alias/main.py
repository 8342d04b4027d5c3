import lib as tools

tools.work()
