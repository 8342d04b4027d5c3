import os.path
from json import dumps as write

os.path.join("a", write(1))
