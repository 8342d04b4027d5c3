"a".upper()
[].append(1)
{}.keys()
