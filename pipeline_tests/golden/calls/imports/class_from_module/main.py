from shop import Shop

s = Shop()
s.sell()
