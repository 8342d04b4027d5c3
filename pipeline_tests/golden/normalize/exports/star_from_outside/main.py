from compat import array
array()
