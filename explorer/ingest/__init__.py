"""What people bring: files of any kind, read once and kept in a form of our own.

Decided: a format turns the bytes of one file into a table, pictures or sounds, and lists what is wrong with them; only that is kept.
Because: a file that somebody uploads is hostile until proven otherwise, and training should meet it never, only what was made of it.
Instead of: handing a file's name to a library that opens addresses, unpacks archives and runs what it finds there.

Nothing here starts or limits a process: `explorer.runs.parsing` does, around it.
"""

from explorer.ingest.about import About, ColumnAbout, Problem, Role
from explorer.ingest.content import Column, Content, Pictures, Sounds, Table
from explorer.ingest.limits import Limits
from explorer.ingest.reading import FORMATS, Format, Upload, read
from explorer.ingest.store import Store

__all__ = [
    "FORMATS",
    "About",
    "Column",
    "ColumnAbout",
    "Content",
    "Format",
    "Limits",
    "Pictures",
    "Problem",
    "Role",
    "Sounds",
    "Store",
    "Table",
    "Upload",
    "read",
]
