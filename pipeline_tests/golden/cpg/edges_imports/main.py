import json.decoder
import lib
from lib import Tool, absent, value, work as act
