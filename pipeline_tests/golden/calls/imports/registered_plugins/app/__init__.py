from .registry import REGISTRY
from . import plugins

def run():
    for p in REGISTRY.values():
        p().execute()
