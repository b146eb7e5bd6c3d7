//! A table as an engine sees it: its file is read with the Parquet library, each row
//! becomes a JSON object.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use serde_json::{Map, Value, json};

/// A table.
pub struct Table {
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its rows, by name of column.
    pub rows: Vec<Map<String, Value>>,
    /// What its footer says.
    pub footer: BTreeMap<String, String>,
    /// Rows of each row group.
    pub groups: Vec<i64>,
    /// How each column is compressed.
    pub compressions: Vec<String>,
}

/// Reads a table of a folder.
#[track_caller]
pub fn table(folder: &Path, name: &str) -> Table {
    let path = folder.join(name).join("part-00000.parquet");
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let reader = SerializedFileReader::new(file).expect("it is Parquet");
    let metadata = reader.metadata();
    let schema = metadata.file_metadata().schema();
    let pairs = metadata.file_metadata().key_value_metadata();
    let groups = metadata.row_groups();
    let compressions = groups.iter().flat_map(|group| group.columns());
    Table {
        columns: schema
            .get_fields()
            .iter()
            .map(|field| field.name().to_owned())
            .collect(),
        footer: pairs
            .into_iter()
            .flatten()
            .map(|pair| (pair.key.clone(), pair.value.clone().unwrap_or_default()))
            .collect(),
        groups: groups.iter().map(|group| group.num_rows()).collect(),
        compressions: compressions
            .map(|column| column.compression().to_string())
            .collect(),
        rows: reader
            .get_row_iter(None)
            .expect("rows")
            .map(|row| object(&row.expect("a row")))
            .collect(),
    }
}

fn object(row: &Row) -> Map<String, Value> {
    let columns = row.get_column_iter();
    columns
        .map(|(name, field)| (name.clone(), parsed(name, value(field))))
        .collect()
}

/// The column `values` holds JSON.
fn parsed(name: &str, value: Value) -> Value {
    match value {
        Value::String(text) if name == "values" => {
            serde_json::from_str(&text).expect("values are JSON")
        }
        other => other,
    }
}

fn value(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(it) => json!(it),
        Field::Short(it) => json!(it),
        Field::Int(it) => json!(it),
        Field::Long(it) | Field::TimestampMicros(it) => json!(it),
        Field::Str(it) => json!(it),
        Field::Group(row) => Value::Object(object(row)),
        Field::ListInternal(list) => list.elements().iter().map(value).collect(),
        other => panic!("{other:?} is none of the types"),
    }
}
