nonlocal refused


class C:
    x: a = b
    y.z: c
    w: d
    v[e:g]: h
