from .api import make as create
