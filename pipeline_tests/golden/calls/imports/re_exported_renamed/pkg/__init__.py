from pkg.impl import work as act
