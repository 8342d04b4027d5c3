import os
print "a"
