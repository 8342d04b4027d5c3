import importlib

lib = importlib.import_module("lib")
lib.work()
