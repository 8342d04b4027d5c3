"""What is done with the values of a variable."""

LOAD, STORE, CALL, ITEM, STORE_ITEM, ITERATE, NEXT, UNPACK, AWAIT, ENTER, OPERATE, CAUGHT, DELEGATE = range(13)
"""Attributes, calls, items, iteration, statements and operators."""
BIND, SUPER_OF, SUPER_WITH, MAKE, MADE, START, CLASS_OF, INSTANCE_OF, MERGE, ITERATOR, RECEIVE = range(13, 24)
"""Descriptors, `super`, the steps of making an object, and what builtins do."""
KEYED, NAMED, SLICE, REST, COMBINE, VIEW = range(24, 30)
"""What is done with keys and names that go through variables, and with parts and sums of containers."""
ANNOTATED, ADOPT, RAISED, PREFIXED = range(30, 34)
"""What annotations stand for, what classes tell their values, what is raised, and methods by how their names start."""
DELETE, DELETE_ITEM, CLASSES_OF, ENROL, DECIDE = range(34, 39)
"""`del` of attributes and items, the classes of a metaclass, and functions that are chosen by an argument's class."""
NARROW, INHERIT, INHERIT_START, CALL_BACK, CLOSE = range(39, 44)
"""What is left of what a variable holds where tests have told its class, members of bases that are computed, and
methods that those of bases outside call; the inner functions that a call gives back."""
HASH, KEY, SEARCH, OPERATE_EITHER = range(44, 48)
"""What is hashed, what is looked up in a container that a variable holds, and the containers that are
searched; operators that the right operand answers where the left does not."""
