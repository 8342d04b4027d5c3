{a: b, 1: c, "d": e}
{f, (g, 1), "h"}
{i for i in ()}
{j: k for j in ()}
[l]
