"""Where Python calls a method without call syntax: one module per part of the language, numpy over whole trees."""
