//! CSV of rows whose columns are only known when they are read.

use crate::Cell;
use std::io;

/// Returns rows as CSV, with the names of their columns as the first line.
///
/// # Errors
///
/// Fails when a row has another number of cells than there are columns.
pub fn csv_rows<'c>(
    columns: &[String],
    rows: impl IntoIterator<Item = Vec<Cell<'c>>>,
) -> io::Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(Vec::new());
    let mut field = Vec::new();
    let mut write = |csv: &mut csv::Writer<Vec<u8>>, cells: &[Cell<'_>]| -> io::Result<()> {
        for cell in cells {
            field.clear();
            cell.write_csv(&mut field)?;
            csv.write_field(&field)?;
        }
        Ok(csv.write_record(None::<&[u8]>)?)
    };
    let head: Vec<Cell<'_>> = columns.iter().map(|name| Cell::Text(name)).collect();
    write(&mut csv, &head)?;
    for row in rows {
        write(&mut csv, &row)?;
    }
    csv.into_inner().map_err(csv::IntoInnerError::into_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_and_texts_are_no_formulas() {
        let columns = ["=1+1".to_owned(), "b".to_owned()];
        let rows = [vec![Cell::Text("@x"), Cell::Difference(-1)], vec![Cell::Unknown, Cell::Rate(0.5)]];
        let csv = String::from_utf8(csv_rows(&columns, rows).unwrap()).unwrap();
        assert_eq!(csv, "'=1+1,b\n'@x,-1\n,0.5\n");
        assert!(csv_rows(&columns, [vec![Cell::Unknown]]).is_err());
    }
}
