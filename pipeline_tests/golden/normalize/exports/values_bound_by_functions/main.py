from m import cache, never
cache
