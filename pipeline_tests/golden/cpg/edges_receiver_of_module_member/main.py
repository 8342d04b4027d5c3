import os

os.getcwd()
os.path.join()
"x".join()
