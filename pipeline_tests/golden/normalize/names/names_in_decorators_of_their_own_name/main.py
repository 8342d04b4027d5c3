def wrap(function): return function
@wrap
def wrap(function): return wrap
class Later(Later): ...
