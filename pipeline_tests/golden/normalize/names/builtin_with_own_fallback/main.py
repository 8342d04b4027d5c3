try:
    unicode
except NameError:
    unicode = str
text = unicode("")
