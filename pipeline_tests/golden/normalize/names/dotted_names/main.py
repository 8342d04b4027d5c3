import os
import pkg.models as models
import pkg
pkg.Base.run
models.Base.Meta
models.LIMIT.real
pkg.models.absent
os.path.join
dict.fromkeys
pkg.__name__
