"""CSV in and out, losslessly: any dialect is read, one is written."""

from __future__ import annotations

from subscribers.transfer.columns import COLUMNS, guess_columns
from subscribers.transfer.exporting import export_rows, write_csv
from subscribers.transfer.importing import Consent, Rejected, Step, import_rows
from subscribers.transfer.reading import Row, Table, open_table, read_rows
from subscribers.transfer.taking import ImportReport

__all__ = [
    "COLUMNS",
    "Consent",
    "ImportReport",
    "Rejected",
    "Row",
    "Step",
    "Table",
    "export_rows",
    "guess_columns",
    "import_rows",
    "open_table",
    "read_rows",
    "write_csv",
]
