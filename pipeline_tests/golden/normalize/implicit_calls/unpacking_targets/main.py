a, b = c
[d, (e, f)] = g
for h, i in (): ...
j, k = k, j
(l) = m
