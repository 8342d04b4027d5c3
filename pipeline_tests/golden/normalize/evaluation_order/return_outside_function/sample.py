a
return b
c
