from b import g as h
h()
