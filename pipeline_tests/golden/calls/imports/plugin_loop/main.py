import importlib

for name in ["one", "two"]:
    importlib.import_module(name).run()
