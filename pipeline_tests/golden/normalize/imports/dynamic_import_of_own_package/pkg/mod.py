import importlib
importlib.import_module('.other', package=__package__)
importlib.import_module('..top', __package__)
importlib.import_module('.other', __name__)
