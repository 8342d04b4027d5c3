from tools.run import run
