import pkg

pkg.act()
