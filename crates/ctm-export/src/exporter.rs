//! Writing row by row.

use crate::{Column, Format};
use std::io::{self, Write};

/// Writes rows of type `R` to `W` in a [`Format`].
///
/// Only the current row is kept in memory. JSON is written to `W` a row at a time and CSV in blocks of a
/// few kilobytes, so that a file needs no additional buffer.
#[must_use = "the output is complete only after `finish`"]
pub struct Exporter<R, W: Write> {
    columns: Vec<Column<R>>,
    sink: Sink<W>,
    row_count: u64,
    /// The current cell or row, kept for its allocation.
    scratch: Vec<u8>,
}

enum Sink<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Json(W),
    Ndjson(W),
}

impl<R, W: Write> Exporter<R, W> {
    /// Creates an exporter and writes what precedes the first row.
    ///
    /// # Errors
    ///
    /// Fails when `out` does.
    pub fn new(format: Format, columns: Vec<Column<R>>, mut out: W) -> io::Result<Self> {
        let sink = match format {
            Format::Csv => {
                let mut csv = csv::Writer::from_writer(out);
                csv.write_record(columns.iter().map(Column::name))?;
                Sink::Csv(Box::new(csv))
            }
            Format::Json => {
                out.write_all(b"[")?;
                Sink::Json(out)
            }
            Format::Ndjson => Sink::Ndjson(out),
        };
        Ok(Self { columns, sink, row_count: 0, scratch: Vec::new() })
    }

    /// Writes a row.
    ///
    /// # Errors
    ///
    /// Fails when the underlying writer does; the output is then cut off somewhere.
    pub fn write(&mut self, row: &R) -> io::Result<()> {
        let scratch = &mut self.scratch;
        match &mut self.sink {
            Sink::Csv(csv) => {
                for column in &self.columns {
                    scratch.clear();
                    column.cell(row).write_csv(scratch)?;
                    csv.write_field(&*scratch)?;
                }
                csv.write_record(None::<&[u8]>)?;
            }
            Sink::Json(out) => {
                scratch.clear();
                let separator: &[u8] = if self.row_count == 0 { b"\n" } else { b",\n" };
                scratch.extend_from_slice(separator);
                write_object(&self.columns, row, scratch)?;
                out.write_all(scratch)?;
            }
            Sink::Ndjson(out) => {
                scratch.clear();
                write_object(&self.columns, row, scratch)?;
                scratch.push(b'\n');
                out.write_all(scratch)?;
            }
        }
        self.row_count += 1;
        Ok(())
    }

    /// Returns how many rows were written.
    #[must_use]
    pub fn row_count(&self) -> u64 {
        self.row_count
    }

    /// Writes what follows the last row, flushes, and returns the underlying writer.
    ///
    /// # Errors
    ///
    /// Fails when the underlying writer does.
    pub fn finish(self) -> io::Result<W> {
        let mut out = match self.sink {
            Sink::Csv(csv) => csv.into_inner().map_err(csv::IntoInnerError::into_error)?,
            Sink::Json(mut out) => {
                out.write_all(b"\n]\n")?;
                out
            }
            Sink::Ndjson(out) => out,
        };
        out.flush()?;
        Ok(out)
    }
}

/// Writes a row as a JSON object whose keys are in the order of the columns.
fn write_object<R>(columns: &[Column<R>], row: &R, out: &mut Vec<u8>) -> io::Result<()> {
    out.push(b'{');
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        serde_json::to_writer(&mut *out, column.name())?;
        out.push(b':');
        column.cell(row).write_json(out)?;
    }
    out.push(b'}');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cell;
    use ctm_types::PicoUsd;

    type Row = (&'static str, Option<PicoUsd>);

    fn columns() -> Vec<Column<Row>> {
        vec![
            Column::new("name", |row| Cell::Text(row.0)),
            Column::new("cost_usd", |row| row.1.map(Cell::Usd).into()),
        ]
    }

    fn export(format: Format, rows: &[Row]) -> String {
        let mut exporter = Exporter::new(format, columns(), Vec::new()).unwrap();
        for row in rows {
            exporter.write(row).unwrap();
        }
        assert_eq!(exporter.row_count(), rows.len() as u64);
        String::from_utf8(exporter.finish().unwrap()).unwrap()
    }

    #[test]
    fn an_empty_table_is_valid_in_every_format() {
        let check = |format, expected: &str| assert_eq!(export(format, &[]), expected, "{format}");
        check(Format::Csv, "name,cost_usd\n");
        check(Format::Json, "[\n]\n");
        check(Format::Ndjson, "");
    }

    #[test]
    fn rows_are_separated_as_the_format_wants() {
        let rows = [("a", Some(PicoUsd(1))), ("b", None)];
        let check = |format, expected: &str| assert_eq!(export(format, &rows), expected, "{format}");
        check(Format::Csv, "name,cost_usd\na,0.000000000001\nb,\n");
        check(
            Format::Json,
            "[\n{\"name\":\"a\",\"cost_usd\":0.000000000001},\n{\"name\":\"b\",\"cost_usd\":null}\n]\n",
        );
        check(
            Format::Ndjson,
            "{\"name\":\"a\",\"cost_usd\":0.000000000001}\n{\"name\":\"b\",\"cost_usd\":null}\n",
        );
    }

    #[test]
    fn csv_quotes_what_would_break_a_line_or_a_cell() {
        let check = |text: &'static str, expected: &str| {
            let csv = export(Format::Csv, &[(text, None)]);
            assert_eq!(csv, format!("name,cost_usd\n{expected},\n"), "{text:?}");
        };
        check("plain text", "plain text");
        check("a,b", "\"a,b\"");
        check("a\"b", "\"a\"\"b\"");
        check("a\nb", "\"a\nb\"");
        check("a\r\nb", "\"a\r\nb\"");
        check("项目 🚀", "项目 🚀");
    }

    #[test]
    fn a_text_survives_every_format() {
        for text in ["a,b", "a\"b\\", "a\r\nb", "\u{0}\u{1f}\u{7f}", "项目 🚀", "é\u{2028}", " x "] {
            let csv = export(Format::Csv, &[(text, None)]);
            let read: Vec<_> =
                csv::Reader::from_reader(csv.as_bytes()).records().map(Result::unwrap).collect();
            assert_eq!(&read[0][0], text);
            let json = export(Format::Json, &[(text, None)]);
            let read: serde_json::Value = serde_json::from_str(&json).unwrap();
            assert_eq!(read[0]["name"], text);
            let ndjson = export(Format::Ndjson, &[(text, None), (text, None)]);
            assert_eq!(ndjson.lines().count(), 2, "{text:?}");
        }
    }

    /// A writer that fails after a given number of bytes.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_full_disk_is_an_error_and_no_short_file() {
        for format in Format::ALL {
            let export = |room| -> io::Result<Full> {
                let mut exporter = Exporter::new(format, columns(), Full(room))?;
                exporter.write(&("name", None))?;
                exporter.finish()
            };
            let needed = self::export(format, &[("name", None)]).len();
            assert!(export(needed).is_ok(), "{format}");
            for room in 0..needed {
                assert!(export(room).is_err(), "{format} in {room} bytes");
            }
        }
    }
}
