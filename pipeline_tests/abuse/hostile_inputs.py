"""Sources made to break parsers, by name; `hostile_table.txt` says what becomes of each in every layer."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

MEGABYTE = 1_000_000


def nested(opening: str, core: str, closing: str, depth: int) -> str:
    """`core` inside `depth` pairs."""
    return opening * depth + core + closing * depth + "\n"


def indented(headers: str, depth: int, closing: str = "") -> str:
    """Blocks inside blocks, by turns with one of the headers, each closed by a line."""
    kinds = headers.split("; ")
    opened = "".join(" " * level + kinds[level % len(kinds)] + "\n" for level in range(depth))
    closed = "".join(" " * level + closing + "\n" for level in reversed(range(depth)) if closing)
    return opened + " " * depth + "pass\n" + closed


def shapes(depth: int) -> dict[str, str]:
    """What nests or grows without end, so deep."""
    return {
        "parentheses": nested("(", "1", ")", depth),
        "brackets": nested("[", "", "]", depth),
        "braces": nested("{1:", "1", "}", depth),
        "open brackets": "x = " + "[" * depth + "\n",
        "comprehensions": nested("[", "x", " for x in y]", depth),
        "comprehension clauses": "[x" + " for x in x" * depth + "]\n",
        "generators": nested("(", "x", " for x in y)", depth),
        "lambdas": nested("lambda: ", "1", "", depth),
        "calls": nested("f(", "1", ")", depth),
        "subscripts": nested("a[", "1", "]", depth),
        "conditionals": nested("1 if a else ", "1", "", depth),
        "f-strings": nested('f"{', "x", '}"', depth),
        "attribute chain": "x = a" + ".b" * depth + "\n",
        "call chain": "x = a" + "()" * depth + "\n",
        "subscript chain": "x = a" + "[0]" * depth + "\n",
        "boolean chain": "x = " + " and ".join(["a"] * depth) + "\n",
        "mixed boolean chain": "x = " + "a and b or not " * depth + "c\n",
        "elif chain": "if x: pass\n" + "elif x: pass\n" * depth,
        "not chain": "x = " + "not " * depth + "a\n",
        "unary chain": "x = " + "-" * depth + "1\n",
        "binary chain": "x = " + "+".join(["1"] * depth) + "\n",
        "power chain": "x = " + "**".join(["a"] * depth) + "\n",
        "comparison chain": "x = " + "<".join(["a"] * depth) + "\n",
        "string chain": "x = " + "'a' " * depth + "\n",
        "assignment chain": "x = " * depth + "1\n",
        "decorators": "@d\n" * depth + "def f(): pass\n",
        "starred": "f(" + "*" * depth + "a)\n",
        "awaits": "async def f():\n    " + "await " * depth + "a\n",
        "line continuations": "x = 1" + "\\\n" * depth + "\n",
        "semicolons": "x;" * depth + "\n",
    }


BLOCKS = {
    "functions": ("def f():", ""),
    "classes": ("class C:", ""),
    "conditions": ("if x:", ""),
    "loops": ("for x in y:", ""),
    "withs": ("with x:", ""),
    "tries": ("try:", "finally: pass"),
    "matches": ("match x:; case y:", ""),
}

TEXTS: Mapping[str, str | bytes] = {
    "nothing": b"",
    "only a mark": b"\xef\xbb\xbf",
    "only comments": "# é\n" * 1_000,
    "only blanks": " \t\f\n" * 1_000,
    "only a line break": b"\n",
    "no final line break": b"x = 1",
    "a backslash at the end": b"x = 1\\",
    "mark": b"\xef\xbb\xbfx = 1\n",
    "mark and utf-8 cookie": b"\xef\xbb\xbf# coding: utf-8\nx = 1\n",
    "mark and other cookie": b"\xef\xbb\xbf# coding: latin-1\nx = 1\n",
    "two marks": b"\xef\xbb\xbf\xef\xbb\xbfx = 1\n",
    "latin-1 cookie": "# coding: latin-1\nx = 'é'\n".encode("latin-1"),
    "wrong cookie": b"# coding: ascii\nx = '\xe9'\n",
    "unknown cookie": b"# coding: klingon\nx = 1\n",
    "cookie that is no text": b"# coding: hex\n78203d2031\n",
    "rot13 cookie": b"# coding: rot13\nk = 1\n",
    "utf-7": b"# coding: utf-7\nx = '+AOk-'\n",
    "utf-16": "x = 1\n".encode("utf-16"),
    "utf-16 without mark": "x = 1\n".encode("utf-16-le"),
    "utf-16 cookie": b"# coding: utf-16\nx = 1\n",
    "utf-32": "x = 1\n".encode("utf-32"),
    "not utf-8": b"x = '\xe9'\n",
    "surrogates": b"x = '\xed\xa0\x80'\n",
    "null byte": b"x = 1\0\ny = 2\n",
    "null byte in a comment": b"# \0\nx = 1\n",
    "null byte in a string": b"x = '\0'\n",
    "only null bytes": b"\0" * 10_000,
    "control characters": bytes(range(1, 32)) + b"\n",
    "end of file character": b"x = 1\x1a\ny = 2\n",
    "lone returns": b"def f():\r    x = 1\r    return x\r",
    "mixed line ends": b"def f():\r\n    x = 1\r    y = 2\n    return x\r",
    "form feeds": b"\fdef f():\n\f    return 1\n",
    "vertical tab": b"x = 1\v\n",
    "unicode line ends": "x = '\u2028 \x85'\u2029\n",
    "tabs and blanks": b"if x:\n\ty\n        z\n",
    "bad dedent": b"if x:\n    y\n  z\n",
    "right-to-left marks": "x = '\u202e' # \u2066\n",
    "normalised names": "ﬁ = 1\nfi = 2\ndef 𝔣(): pass\n",
    "Python 2": b"print 'x'\nexec 'y'\nraise E, 'z'\nx = `1`\n0777\n",
    "unclosed": b"x = (1,\ndef f(): pass\n",
    "unclosed string": b"x = '''\n" + b"abc\n" * 1_000,
    "half a definition": b"def f(:\n    pass\nclass\n",
    "other language": b"#include <stdio.h>\nint main(void) { return 0; }\n",
    "noise": bytes((i * i * 31 + i * 17) % 127 + 1 for i in range(20_000)),
    "return at module level": b"return 1\n",
    "parameter and global": b"def f(a):\n    global a\n",
    "await outside": b"await x\n",
    "break outside": b"break\n",
    "repeated argument": b"def f(a, a): pass\nf(k=1, k=2)\n",
    "future star": b"from __future__ import *\n",
    "unknown future": b"from __future__ import braces\n",
    "assigned debug": b"__debug__ = 1\n",
    "star at module level": b"*a\n",
    "huge decimal": b"x = " + b"9" * 10_000 + b"\n",
    "huge hexadecimal": b"x = 0x" + b"f" * 100_000 + b"\n",
    "huge float": b"x = 1e999999 + 9e-9999j\n",
    "huge power": b"x = 10 ** 10 ** 10\n",
    "huge shift": b"x = 1 << 10 ** 9\n",
    "huge repetition": b"x = 'a' * 10 ** 9\ny = (0,) * 10 ** 9\n",
    "huge index": b"x[" + b"9" * 4_000 + b"]\n",
    "long name": b"a" * MEGABYTE + b" = 1\n",
    "long string": b"x = '" + b"a" * MEGABYTE + b"'\n",
    "long comment": b"#" + b"c" * 3 * MEGABYTE + b"\n",
    "long bytes": b"x = b'" + b"\\x00" * 100_000 + b"'\n",
    "long line": b"x = [" + b"1, " * 100_000 + b"]\n",
    "many names": "".join(f"x{i} = {i}\n" for i in range(20_000)).encode(),
    "many lines": b"\n" * MEGABYTE,
    "many continuations": b"\\\n" * 30_000,
    "many parameters": ("def f(" + ", ".join(f"a{i}" for i in range(5_000)) + "): pass\n").encode(),
    "many escapes": b"x = '" + b"\\N{SNOWMAN}" * 10_000 + b"'\n",
    "unknown escapes": b"x = '\\d \\N{NO SUCH NAME}'\n",
    "bad format": b"x = f'{a!x}' f'{' f'{}'\n",
    "10 MB": b"x = 1\n" * (10 * MEGABYTE // 6),
    "30 MB line": b"x = '" + b"a" * 30 * MEGABYTE + b"'\n",
}


def sources() -> dict[str, bytes]:
    """Every source by the name that the table has it under."""
    made: dict[str, str | bytes] = dict(TEXTS)
    for depth in (90, 1_000, 20_000):
        made |= {f"{depth:,} {name}": text for name, text in shapes(depth).items()}
    for depth in (14, 90, 300):
        made |= {f"{depth} {name}": indented(headers, depth, closing) for name, (headers, closing) in BLOCKS.items()}
    return {name: text.encode() if isinstance(text, str) else text for name, text in made.items()}


def place_oddities(folder: Path) -> None:
    """Put what is not an ordinary file, or not ordinarily named, into a repository."""
    (folder / "itself.py").symlink_to("itself.py")
    (folder / "outside.py").symlink_to("/etc/passwd")
    (folder / "above").symlink_to("..", target_is_directory=True)
    (folder / "a folder.py").mkdir()
    os.mkfifo(folder / "pipe.py")
    with suppress(PermissionError):  # only root makes devices
        os.mknod(folder / "device.py", stat.S_IFCHR | 0o644, os.makedev(1, 5))
    for name in (b"\xff.py", b"\xed\xa0\x80.py", b"new\nline.py", b"back\\slash.py", b"\x1b[31m.py"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"x = 1\n")
    unreadable = folder / "unreadable.py"
    unreadable.write_bytes(b"x = 1\n")
    unreadable.chmod(0)
