def f(): ...
f()
len([])
"a".upper()
