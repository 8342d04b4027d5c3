def f(): ...
for each in [f] + [f]:
    each()
for each in 2 * [f]:
    each()
