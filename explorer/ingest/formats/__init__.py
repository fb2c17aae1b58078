"""The file formats, one file each: how to know it, and how to read it."""
