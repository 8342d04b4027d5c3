import os
from json import dumps


def save(value):
    os.path.join("a", dumps(value))
