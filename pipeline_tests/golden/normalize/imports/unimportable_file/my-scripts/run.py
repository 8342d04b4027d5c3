from . import helper
import tools
