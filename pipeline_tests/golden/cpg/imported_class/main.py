from lib import Shop

Shop()
