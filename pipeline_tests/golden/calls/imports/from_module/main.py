from lib import work

work()
