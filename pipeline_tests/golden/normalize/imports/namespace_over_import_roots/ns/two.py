import ns.one
value = 1
