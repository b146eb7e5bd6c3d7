//! One table on its way into a file: rows come in, Parquet goes out, in row groups of
//! 131,072 rows, compressed with zstd.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::buffer::Buffer;
use super::column::{Column, Row};

/// Rows of a row group.
const ROW_GROUP: usize = 128 * 1024;

/// Rows that are encoded at once.
const BATCH: usize = 1_024;

/// Bytes that the dictionary of a column may take; a column with more different values
/// is written as it is.
const DICTIONARY: usize = 128 * 1024;

/// Rows and bytes of a page. Each column has a compressor of its own, which takes
/// memory by the size of what it compresses: some 500 KiB for the pages that the
/// library makes by itself, a third of that for these.
const PAGE_ROWS: usize = 4_096;
const PAGE: usize = 32 * 1024;

/// The version of the tables' schema, in each file's footer.
pub const SCHEMA_VERSION: u32 = 1;

/// A table in the making.
pub(super) struct TableWriter<R: Row> {
    columns: Vec<Column<R>>,
    buffers: Vec<Buffer>,
    schema: Arc<Schema>,
    /// Rows in the buffers.
    buffered: usize,
    rows: u64,
    /// `None` when all is written.
    writer: Option<ArrowWriter<Box<dyn Write + Send>>>,
}

/// What a table can be asked whatever its rows are.
pub(super) trait Open {
    /// Bytes that are held in memory.
    fn memory(&self) -> usize;

    /// Ends the row group before its time.
    fn end_row_group(&mut self) -> io::Result<()>;

    /// Writes what is there and the footer; gives the number of rows.
    fn finish(&mut self) -> io::Result<u64>;
}

impl<R: Row> TableWriter<R> {
    /// Begins a table. `footer`: what its footer says beside the version.
    pub(super) fn new(
        columns: Vec<Column<R>>,
        footer: &[(&str, &str)],
        out: Box<dyn Write + Send>,
    ) -> io::Result<Self> {
        let fields: Vec<Field> = columns.iter().map(Column::field).collect();
        let schema = Arc::new(Schema::new(fields));
        let options = ArrowWriterOptions::new()
            .with_properties(properties(&schema, footer))
            .with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(out, Arc::clone(&schema), options);
        Ok(Self {
            buffers: columns.iter().map(Buffer::of).collect(),
            columns,
            schema,
            buffered: 0,
            rows: 0,
            writer: Some(writer.map_err(io_error)?),
        })
    }

    /// Adds a row; gives whether some were encoded.
    pub(super) fn push(&mut self, row: &R::Of<'_>) -> io::Result<bool> {
        for (column, buffer) in self.columns.iter().zip(&mut self.buffers) {
            buffer.push(column, row);
        }
        self.rows += 1;
        self.buffered += 1;
        if self.buffered < BATCH {
            return Ok(false);
        }
        self.encode()?;
        Ok(true)
    }

    fn encode(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.buffered) == 0 {
            return Ok(());
        }
        let arrays: Result<Vec<ArrayRef>, _> = self.buffers.iter_mut().map(Buffer::take).collect();
        let schema = Arc::clone(&self.schema);
        let batch = arrays.and_then(|arrays| RecordBatch::try_new(schema, arrays));
        let batch = batch.map_err(io::Error::other)?;
        match &mut self.writer {
            Some(writer) => writer.write(&batch).map_err(io_error),
            None => Ok(()),
        }
    }
}

impl<R: Row> Open for TableWriter<R> {
    fn memory(&self) -> usize {
        self.writer.as_ref().map_or(0, ArrowWriter::memory_size)
    }

    fn end_row_group(&mut self) -> io::Result<()> {
        match &mut self.writer {
            Some(writer) => writer.flush().map_err(io_error),
            None => Ok(()),
        }
    }

    fn finish(&mut self) -> io::Result<u64> {
        self.encode()?;
        if let Some(mut writer) = self.writer.take() {
            writer.finish().map_err(io_error)?;
            writer.inner_mut().flush()?;
        }
        Ok(self.rows)
    }
}

/// How a table is written. Numbers of 64 bits, which mostly grow or are all different,
/// are written as differences; all else through a dictionary as long as that pays.
fn properties(schema: &Schema, footer: &[(&str, &str)]) -> WriterProperties {
    let pair = |(key, value): &(&str, &str)| {
        KeyValue::new(format!("wirenotes.{key}"), (*value).to_owned())
    };
    let version = SCHEMA_VERSION.to_string();
    let mut pairs = vec![pair(&("schema", &version))];
    pairs.extend(footer.iter().map(pair));
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .set_dictionary_page_size_limit(DICTIONARY)
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_data_page_size_limit(PAGE)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_key_value_metadata(Some(pairs))
        .set_created_by(concat!("wirenotes ", env!("CARGO_PKG_VERSION")).to_owned());
    for field in schema.fields() {
        if matches!(field.data_type(), DataType::Int64 | DataType::Timestamp(..)) {
            let path = ColumnPath::from(field.name().as_str());
            properties = properties
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        }
    }
    properties.build()
}

/// What the system said, where it said something.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(source) => io::Error::other(source),
        },
        other => io::Error::other(other),
    }
}
