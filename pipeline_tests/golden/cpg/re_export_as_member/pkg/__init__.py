from .impl import work as act
