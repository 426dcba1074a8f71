"""A report of transfers as an Excel workbook: the figures as numbers on one sheet, what they mean on another."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import xlsxwriter

from hotline.transfer_report import RATES, SECONDS, TransferReport

_WIDTHS = {"hour": 24, "name": 22, "target": 14}


def write_sheet(report: TransferReport) -> bytes:
    """Return the workbook's bytes."""
    content = io.BytesIO()
    # no text may become a formula or a link, whatever a hotline is called
    safe = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, safe) as workbook:
        bold = workbook.add_format({"bold": True})
        percent = workbook.add_format({"num_format": "0.00%"})
        tenths = workbook.add_format({"num_format": "0.0"})
        whole = workbook.add_format({"num_format": "#,##0"})
        formats = {**dict.fromkeys(RATES, percent), **dict.fromkeys(SECONDS, tenths)}
        sheet = workbook.add_worksheet("transfers")
        sheet.freeze_panes(1, len(report.group_columns))
        for number, column in enumerate(report.columns):
            sheet.write_string(0, number, column.replace("_", " "), bold)
            sheet.set_column(number, number, _WIDTHS.get(column, 12))
            for line, row in enumerate([*report.rows, report.total], 1):
                _write(sheet, line, number, row[column], formats.get(column, whole))
        sheet.autofilter(0, 0, len(report.rows), len(report.columns) - 1)
        _explain(workbook.add_worksheet("formulas"), report, bold)
    return content.getvalue()


def _write(sheet: Any, line: int, column: int, value: Any, form: Any) -> None:
    if isinstance(value, int | float):
        sheet.write_number(line, column, value, form)
    elif value is not None:
        sheet.write_string(line, column, str(value))


def _explain(sheet: Any, report: TransferReport, bold: Any) -> None:
    facts: list[tuple[str, Any]] = [
        ("from", report.since),
        ("to", report.until),
        ("in progress, not counted", report.under_way),
        *report.formulas.items(),
    ]
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 90)
    for line, (name, value) in enumerate(facts):
        sheet.write_string(line, 0, name.replace("_", " "), bold)
        text = value.isoformat(timespec="minutes") if isinstance(value, datetime) else value
        sheet.write_string(line, 1, "" if text is None else str(text))
