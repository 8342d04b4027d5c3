from .part import Thing
