from app import __doc__
