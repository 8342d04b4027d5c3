import importlib
import importlib as il
from importlib import import_module as load, util
import importlib.util
import pkgutil
importlib.import_module("pkg.mod")
il.import_module(".mod", "pkg")
load(name=".mod", package="pkg")
__import__("pkg.mod")
importlib.util.find_spec("pkg.mod")
util.find_spec(".mod", package="pkg")
pkgutil.resolve_name("pkg.mod:Thing.method")
pkgutil.resolve_name("pkg.mod.Thing")
load("json.decoder")
load("numpy")
load("pkg.absent")
load(computed)
load("pkg." + computed)
load(".mod", computed)
load(".mod")
__import__(computed)
def __import(): ...
