from elsewhere import *
len()
