"""How much one file may hold."""

from __future__ import annotations

from pydantic import Field

from explorer.experiment.record import Record

MB = 1 << 20


class Limits(Record):
    """What one upload may ask of the computer. The defaults are for a class that shares one."""

    bytes: int = Field(50 * MB, ge=1, description="size of the file")
    rows: int = Field(200_000, ge=1, description="rows of a table; what follows them is left out")
    columns: int = Field(2_000, ge=1, description="columns of a table")
    cells: int = Field(20_000_000, ge=1, description="cells of a table, rows times columns")
    cell: int = Field(100_000, ge=1, description="characters in one cell, or in one text")
    files: int = Field(20_000, ge=1, description="files in an archive")
    unpacked: int = Field(500 * MB, ge=1, description="size of all files of an archive when unpacked")
    ratio: int = Field(100, ge=1, description="how many times larger an archive may become when unpacked; tables as text shrink a lot")
    member: int = Field(50 * MB, ge=1, description="size of one file of an archive when unpacked")
    pixels: int = Field(25_000_000, ge=1, description="pixels of one picture, height times width")
    side: int = Field(64, ge=8, le=256, description="pictures are kept as squares of this many pixels each way")
    seconds: float = Field(60.0, gt=0, description="length of one recording; what follows is left out")
    seconds_in_all: float = Field(7_200.0, gt=0, description="length of all recordings together")
    broken: float = Field(0.05, ge=0, le=1, description="share of the files of an archive that may be broken; three always may")
    owned: int = Field(150 * MB, ge=1, description="size of everything that one person keeps here")
