from lib._impl import make
