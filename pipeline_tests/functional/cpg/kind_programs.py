"""Small programs that show the kinds of nodes and edges, and what each edge kind must join in them.

An expectation is an edge as `kind: source -> target (variable)`, an end as its kind, its name and its line; what is in
no file goes by its full name. A program's expectations are all edges of the kinds that they mention.
"""

from __future__ import annotations

TYPES = {
    "main.py": """\
from typing import TypeAlias

class Shop:
    pass

Store: TypeAlias = Shop

def open_shop(name: str) -> Shop:
    shop = Shop()
    if not name:
        raise ValueError(name)
    return shop
""",
}
TYPES_EDGES = """
ALIAS_OF: TYPE_DECL Store:6 -> TYPE Shop:3
EVAL_TYPE: METHOD_PARAMETER_IN name:8 -> TYPE builtins.str
EVAL_TYPE: METHOD_RETURN RET:8 -> TYPE Shop:3
EVAL_TYPE: IDENTIFIER shop:9 -> TYPE Shop:3
EVAL_TYPE: PY_TYPE_EXPR TypeAlias:6 -> TYPE typing.TypeAlias
EVAL_TYPE: PY_TYPE_EXPR Shop:6 -> TYPE Shop:3
EVAL_TYPE: PY_TYPE_EXPR str:8 -> TYPE builtins.str
EVAL_TYPE: PY_TYPE_EXPR Shop:8 -> TYPE Shop:3
PY_INFERRED_TYPE: IDENTIFIER shop:9 -> TYPE Shop:3
PY_HAS_ANNOTATION: IDENTIFIER Store:6 -> PY_TYPE_EXPR Shop:6 (alias)
PY_HAS_ANNOTATION: IDENTIFIER Store:6 -> PY_TYPE_EXPR TypeAlias:6 (variable)
PY_HAS_ANNOTATION: METHOD_PARAMETER_IN name:8 -> PY_TYPE_EXPR str:8 (parameter)
PY_HAS_ANNOTATION: METHOD_RETURN RET:8 -> PY_TYPE_EXPR Shop:8 (return)
PY_RAISES: CONTROL_STRUCTURE :11 -> TYPE builtins.ValueError
"""

CLASSES = {
    "main.py": """\
import functools

class Base(Exception):
    limit = 1

    def run(self):
        return self.limit

    def __str__(self):
        return ""

class Special(Base):
    limit = 2

    @functools.cache
    def run(self):
        return 2

class Box:
    def __enter__(self):
        return self

    def __exit__(self, *details):
        return None

with Box():
    pass
""",
}
CLASSES_EDGES = """
PY_MRO: TYPE_DECL Base:3 -> TYPE_DECL builtins.Exception
PY_MRO: TYPE_DECL Base:3 -> TYPE_DECL builtins.BaseException
PY_MRO: TYPE_DECL Base:3 -> TYPE_DECL builtins.object
PY_MRO: TYPE_DECL Special:12 -> TYPE_DECL Base:3
PY_MRO: TYPE_DECL Special:12 -> TYPE_DECL builtins.Exception
PY_MRO: TYPE_DECL Special:12 -> TYPE_DECL builtins.BaseException
PY_MRO: TYPE_DECL Special:12 -> TYPE_DECL builtins.object
PY_MRO: TYPE_DECL Box:19 -> TYPE_DECL builtins.object
PY_OVERRIDES: MEMBER limit:13 -> MEMBER limit:4
PY_OVERRIDES: METHOD run:16 -> METHOD run:6
PY_OVERRIDES: METHOD __str__:9 -> METHOD <builtin>.BaseException.__str__
PY_DECORATES: CALL <operator>.fieldAccess:15 -> METHOD run:16
PY_IMPLICIT_CALL: CALL Box:26 -> METHOD __enter__:20 (enter)
PY_IMPLICIT_CALL: CALL Box:26 -> METHOD __exit__:23 (exit)
"""

SUSPENSION = {
    "main.py": """\
def numbers():
    got = yield 1
    print(got)

async def wait(other):
    return await other
""",
}
SUSPENSION_EDGES = """
PY_SUSPENDS_TO: CALL <operator>.yield:2 -> METHOD_RETURN RET:1 (yield)
PY_RESUMES_AT: CALL <operator>.yield:2 -> IDENTIFIER got:2 (resume)
PY_SUSPENDS_TO: CALL <operator>.await:6 -> METHOD_RETURN RET:5 (await)
PY_RESUMES_AT: CALL <operator>.await:6 -> RETURN :6 (resume)
"""

NAMES = {
    "main.py": """\
total = 0

def add(amount):
    global total
    total = total + amount
    result = total
    del result
    return missing(add(1))
""",
}
NAMES_EDGES = """
PY_SCOPE_PARENT: PY_SCOPE add:3 -> PY_SCOPE top:0
PY_DECLARES: NAMESPACE main -> PY_EXPORT main.total
PY_DECLARES: NAMESPACE main -> PY_EXPORT main.add
PY_DECLARES: PY_SCOPE top:0 -> LOCAL total:5
PY_DECLARES: PY_SCOPE top:0 -> LOCAL add:3
PY_DECLARES: PY_SCOPE top:0 -> PY_SYMBOL total
PY_DECLARES: PY_SCOPE top:0 -> PY_SYMBOL add
PY_DECLARES: PY_SCOPE add:3 -> METHOD_PARAMETER_IN amount:3
PY_DECLARES: PY_SCOPE add:3 -> LOCAL result:6
PY_DECLARES: PY_SCOPE add:3 -> PY_SYMBOL amount
PY_DECLARES: PY_SCOPE add:3 -> PY_SYMBOL total
PY_DECLARES: PY_SCOPE add:3 -> PY_SYMBOL result
PY_DECLARES: PY_SCOPE add:3 -> PY_SYMBOL add
PY_DECLARES: PY_SCOPE add:3 -> PY_SYMBOL missing
PY_READS: METHOD add:3 -> METHOD_PARAMETER_IN amount:3
PY_READS: METHOD add:3 -> LOCAL total:5
PY_READS: METHOD add:3 -> LOCAL add:3
PY_WRITES: METHOD <module>:1 -> LOCAL total:5
PY_WRITES: METHOD <module>:1 -> LOCAL add:3
PY_WRITES: METHOD add:3 -> LOCAL total:5
PY_WRITES: METHOD add:3 -> LOCAL result:6
PY_DELETES: METHOD add:3 -> LOCAL result:6
PY_BINDS: IDENTIFIER total:1 -> PY_BINDING total:1
PY_BINDS: METHOD_REF add:3 -> PY_BINDING add:3
PY_BINDS: METHOD_PARAMETER_IN amount:3 -> PY_BINDING amount:3
PY_BINDS: IDENTIFIER total:5 -> PY_BINDING total:5
PY_BINDS: IDENTIFIER result:6 -> PY_BINDING result:6
PY_BINDS: IDENTIFIER result:7 -> PY_BINDING result:7
PY_BINDS: PY_BINDING total:1 -> LOCAL total:5
PY_BINDS: PY_BINDING total:5 -> LOCAL total:5
PY_BINDS: PY_BINDING add:3 -> LOCAL add:3
PY_BINDS: PY_BINDING amount:3 -> METHOD_PARAMETER_IN amount:3
PY_BINDS: PY_BINDING result:6 -> LOCAL result:6
PY_BINDS: PY_BINDING result:7 -> LOCAL result:6
PY_CALLS_QUALNAME: CALL add:8 -> PY_QUALIFIED_NAME main.add
PY_RESOLVES_TO: PY_QUALIFIED_NAME main.add -> METHOD add:3
PY_RESOLVES_TO: PY_EXPORT main.total -> LOCAL total:5
PY_RESOLVES_TO: PY_EXPORT main.add -> METHOD add:3
PY_RESOLVES_TO: PY_SCOPE top:0 -> METHOD <module>:1
PY_RESOLVES_TO: PY_SCOPE add:3 -> METHOD add:3
PY_RESOLVES_TO: PY_CODE_UNIT <module>:1 -> METHOD <module>:1
PY_RESOLVES_TO: PY_CODE_UNIT add:3 -> METHOD add:3
PY_RESOLVES_TO: PY_SYMBOL total -> LOCAL total:5
PY_RESOLVES_TO: PY_SYMBOL total -> LOCAL total:5
PY_RESOLVES_TO: PY_SYMBOL add -> LOCAL add:3
PY_RESOLVES_TO: PY_SYMBOL add -> LOCAL add:3
PY_RESOLVES_TO: PY_SYMBOL amount -> METHOD_PARAMETER_IN amount:3
PY_RESOLVES_TO: PY_SYMBOL result -> LOCAL result:6
PY_RESOLVES_TO: IDENTIFIER missing:8 -> PY_UNRESOLVED undefined:8
PY_RESOLVES_TO: CALL missing:8 -> PY_UNRESOLVED undefined:8
"""

FLOW = {
    "main.py": """\
def double(n):
    m = n
    return m
""",
}
FLOW_EDGES = """
PY_DEF_SITE_OF: PY_DEF_SITE n:1 -> METHOD_PARAMETER_IN n:1
PY_DEF_SITE_OF: PY_DEF_SITE m:2 -> IDENTIFIER m:2
PY_DEF_SITE_OF: PY_DEF_SITE m:2 -> LOCAL m:2
PY_DEF_SITE_OF: PY_DEF_SITE double:1 -> METHOD_REF double:1
PY_DEF_SITE_OF: PY_DEF_SITE double:1 -> LOCAL double:1
PY_USE_SITE_OF: PY_USE_SITE n:2 -> IDENTIFIER n:2
PY_USE_SITE_OF: PY_USE_SITE n:2 -> METHOD_PARAMETER_IN n:1
PY_USE_SITE_OF: PY_USE_SITE m:3 -> IDENTIFIER m:3
PY_USE_SITE_OF: PY_USE_SITE m:3 -> LOCAL m:2
"""

EXPORTS = {
    "pkg/__init__.py": "from pkg.impl import work as labour\n",
    "pkg/impl.py": "def work():\n    return 1\n",
}
EXPORTS_EDGES = """
PY_RE_EXPORTS: NAMESPACE pkg -> METHOD work:1 (labour)
"""

GENERIC = {"main.py": "def first[T](items: list[T]) -> T:\n    return items[0]\n"}
GENERIC_EDGES = """
PY_TYPE_PARAM_OF: TYPE_PARAMETER T:1 -> METHOD first:1
"""

BROKEN = {"main.py": "def f(:\n    pass\n"}

WARNED = {"main.py": "assert (1, 2)  # type: ignore\n"}
WARNED_EDGES = """
PY_HAS_DIAGNOSTIC: FILE main.py -> PY_DIAGNOSTIC SyntaxWarning:1
TAGGED_BY: CALL <operator>.assert:1 -> FINDING assert-on-tuple:1 (assert-on-tuple)
"""

INDEXED = {"main.py": "class Base:\n    pass\n\nclass Derived(Base):\n    pass\n\nderived = Derived()\n"}
INDEXED_EDGES = """
PY_SCIP_DEFINITION: TYPE_DECL Base:1 -> PY_SCIP_SYMBOL sample . . . Base#
PY_SCIP_DEFINITION: TYPE_DECL Derived:4 -> PY_SCIP_SYMBOL sample . . . Derived#
PY_SCIP_DEFINITION: IDENTIFIER derived:7 -> PY_SCIP_SYMBOL sample . . . derived.
PY_SCIP_REFERENCE: IDENTIFIER Base:4 -> PY_SCIP_SYMBOL sample . . . Base#
PY_SCIP_IMPLEMENTATION: PY_SCIP_SYMBOL sample . . . Derived# -> PY_SCIP_SYMBOL sample . . . Base#
PY_SCIP_TYPE_DEFINITION: PY_SCIP_SYMBOL sample . . . derived. -> PY_SCIP_SYMBOL sample . . . Derived#
"""

IMPORTED = {"main.py": "class Shop:\n    def sell(self, item):\n        return item\n"}
IMPORTED_EDGES = """
PY_HAS_SIGNATURE: PY_RUNTIME_OBJECT main.Shop.sell -> PY_RUNTIME_SIGNATURE main.Shop.sell
PY_HAS_PARAM: PY_RUNTIME_SIGNATURE main.Shop.sell -> PY_RUNTIME_PARAM self
PY_HAS_PARAM: PY_RUNTIME_SIGNATURE main.Shop.sell -> PY_RUNTIME_PARAM item
"""
