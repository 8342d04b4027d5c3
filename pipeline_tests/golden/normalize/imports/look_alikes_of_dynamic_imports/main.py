import importlib.resources
from tools import import_module
from importlib import import_module as real
import_module("tools")
importlib.resources.files("tools")
importlib.reload("tools")
def local(importlib):
    importlib.import_module("tools")
    def __import__(name): ...
    __import__("tools")
real("tools")
