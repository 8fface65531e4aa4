//! Rows of a report to CSV, JSON and NDJSON on any writer.
