import os, os.path as paths
import lib
from lib import helper as h, twice, passed_on
from elsewhere import thing

h()
twice()
passed_on()
lib.helper()
thing()
thing.method()
os.getcwd()
os.path.join()
paths.join()
lib.nothing()
