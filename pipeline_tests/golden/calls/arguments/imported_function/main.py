from caller import run
from lib import work

run(work)
