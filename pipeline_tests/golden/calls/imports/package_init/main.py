import pack
pack.act()
