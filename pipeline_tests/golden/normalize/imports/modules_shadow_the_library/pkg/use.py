import os
from . import os as own
import json
