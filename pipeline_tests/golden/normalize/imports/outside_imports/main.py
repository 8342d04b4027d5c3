import os.path
import numpy.linalg
from collections import abc
import mine.absent
from mine.part import absent
from mine import nowhere
