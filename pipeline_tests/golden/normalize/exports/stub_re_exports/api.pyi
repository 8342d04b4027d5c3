import os
import re as re
from m import one
from m import two as two
from m import two as second
three: int
