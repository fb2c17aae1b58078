"""The data sets, one file each: drawn points of the plane, curves, pictures and tables. Nothing is downloaded."""
