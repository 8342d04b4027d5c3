"""Columns that many normalized datasets share, described once."""

from __future__ import annotations

from pipeline_assets.inference.contract import Column

REPOSITORY = Column("repository", "string", "Repository the row belongs to.")
FILE_ID = Column("file_id", "int64", "File the row belongs to.")
LINE = Column("line", "int32", "Line on which the construct starts, counted from 1.")
BSTART = Column("bstart", "int32", "First byte of the construct in the file's UTF-8 buffer.")
BEND = Column("bend", "int32", "Byte after the construct's last one.")

TARGET_KINDS = ("definition", "module", "binding", "builtin", "implicit", "external", "standard_library", "missing")
"""What a resolved name may stand for, everywhere a target is named."""

TARGET_KIND_MEANING = (
    "definition: a class or function of this repository; module: one of its modules or packages; binding: a variable, "
    "parameter or other value bound there; builtin: a name of the interpreter's builtins; implicit: a name "
    "Python itself "
    "provides (`__name__`, `__class__`); external: something of another distribution; standard_library: "
    "something of the "
    "standard library; missing: a name that the module it is imported from does not have"
)
