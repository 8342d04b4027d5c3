import collections
counter = collections.Counter("ab")
counter.most_common(1)
