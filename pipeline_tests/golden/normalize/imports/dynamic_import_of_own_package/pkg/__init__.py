from importlib import import_module
import_module('.mod', __name__)
import_module('.mod', __package__)
