from lib import act

act()
