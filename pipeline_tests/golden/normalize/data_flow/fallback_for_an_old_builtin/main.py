try:
    unicode
except NameError:
    unicode = str
unicode
