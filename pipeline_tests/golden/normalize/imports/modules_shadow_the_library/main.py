import json
import email.mime
from json import loads
