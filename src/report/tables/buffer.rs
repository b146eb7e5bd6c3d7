//! The cells of a column until they are an Arrow array: rows come in, arrays go out.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Int16Builder, Int32Builder, Int64Builder, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, ListArray, StructArray};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Fields, TimeUnit};

use super::column::{Cell, Column, Row, Text};

/// The time zone of timestamps.
const UTC: &str = "UTC";

/// Cells of one column.
#[derive(Debug)]
pub(super) enum Buffer {
    I16(Int16Builder),
    I32(Int32Builder),
    I64(Int64Builder),
    Bool(BooleanBuilder),
    Timestamp(TimestampMicrosecondBuilder),
    Text(StringBuilder, Text),
    /// Lists: how many elements each has, and the elements.
    Texts(Vec<usize>, StringBuilder, Text),
    Numbers(Vec<usize>, Int64Builder),
    Structs(Vec<usize>, Fields, Vec<Buffer>),
    /// Whether each is there, and the fields, null where it is not.
    Struct(Vec<bool>, Fields, Vec<Buffer>),
}

impl<R: Row> Column<R> {
    /// Name and type, as Arrow has them.
    pub(super) fn field(&self) -> Field {
        Field::new(self.name.as_ref(), self.data_type(), self.nullable)
    }

    fn data_type(&self) -> DataType {
        match &self.cell {
            Cell::I16(_) => DataType::Int16,
            Cell::I32(_) => DataType::Int32,
            Cell::I64(_) => DataType::Int64,
            Cell::Bool(_) => DataType::Boolean,
            Cell::Timestamp(_) => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
            Cell::Text(_) => DataType::Utf8,
            Cell::Texts(_) => DataType::List(element(DataType::Utf8)),
            Cell::Numbers(_) => DataType::List(element(DataType::Int64)),
            Cell::Structs(of) => DataType::List(element(DataType::Struct(of.fields()))),
            Cell::Struct(of) => DataType::Struct(of.fields()),
        }
    }
}

/// The elements of a list, which are never null; the Parquet specification gives the
/// name.
fn element(data_type: DataType) -> FieldRef {
    Arc::new(Field::new("element", data_type, false))
}

impl Buffer {
    /// An empty buffer for cells of a column.
    pub(super) fn of<R: Row>(column: &Column<R>) -> Self {
        match &column.cell {
            Cell::I16(_) => Self::I16(Int16Builder::new()),
            Cell::I32(_) => Self::I32(Int32Builder::new()),
            Cell::I64(_) => Self::I64(Int64Builder::new()),
            Cell::Bool(_) => Self::Bool(BooleanBuilder::new()),
            Cell::Timestamp(_) => {
                Self::Timestamp(TimestampMicrosecondBuilder::new().with_timezone(UTC))
            }
            Cell::Text(_) => Self::Text(StringBuilder::new(), Text::default()),
            Cell::Texts(_) => Self::Texts(Vec::new(), StringBuilder::new(), Text::default()),
            Cell::Numbers(_) => Self::Numbers(Vec::new(), Int64Builder::new()),
            Cell::Structs(of) => Self::Structs(Vec::new(), of.fields(), of.buffers()),
            Cell::Struct(of) => Self::Struct(Vec::new(), of.fields(), of.buffers()),
        }
    }

    /// Puts the cell of a row behind the others. The buffer has to be one
    /// [of](Self::of) this column; one of another column takes nothing.
    pub(super) fn push<R: Row>(&mut self, column: &Column<R>, row: &R::Of<'_>) {
        match (&column.cell, self) {
            (Cell::I16(of), Self::I16(cells)) => cells.append_option(of(row)),
            (Cell::I32(of), Self::I32(cells)) => cells.append_option(of(row)),
            (Cell::I64(of), Self::I64(cells)) => cells.append_option(of(row)),
            (Cell::Bool(of), Self::Bool(cells)) => cells.append_option(of(row)),
            (Cell::Timestamp(of), Self::Timestamp(cells)) => cells.append_option(of(row)),
            (Cell::Text(of), Self::Text(cells, text)) => {
                text.clear();
                of(row, text);
                cells.append_option(text.is_some.then_some(&text.text));
            }
            (Cell::Texts(of), Self::Texts(lengths, elements, text)) => {
                let mut length = 0;
                of(row, &mut |shown| {
                    text.clear();
                    text.show(Some(shown));
                    elements.append_value(&text.text);
                    length += 1;
                });
                lengths.push(length);
            }
            (Cell::Numbers(of), Self::Numbers(lengths, elements)) => {
                let mut length = 0;
                of(row, &mut |number| {
                    // What does not fit is left out: there is no null in a list.
                    if let Ok(number) = number.try_into() {
                        elements.append_value(number);
                        length += 1;
                    }
                });
                lengths.push(length);
            }
            (Cell::Structs(of), Self::Structs(lengths, _, fields)) => {
                lengths.push(of.put(row, fields));
            }
            (Cell::Struct(of), Self::Struct(valid, _, fields)) => {
                let is_there = of.put(row, fields) > 0;
                valid.push(is_there);
                if !is_there {
                    fields.iter_mut().for_each(Self::push_null);
                }
            }
            _ => debug_assert!(false, "{} has another type", column.name),
        }
    }

    /// Puts an unknown cell behind the others.
    fn push_null(&mut self) {
        match self {
            Self::I16(cells) => cells.append_null(),
            Self::I32(cells) => cells.append_null(),
            Self::I64(cells) => cells.append_null(),
            Self::Bool(cells) => cells.append_null(),
            Self::Timestamp(cells) => cells.append_null(),
            Self::Text(cells, _) => cells.append_null(),
            Self::Texts(lengths, ..) | Self::Numbers(lengths, _) | Self::Structs(lengths, ..) => {
                lengths.push(0);
            }
            Self::Struct(valid, _, fields) => {
                valid.push(false);
                fields.iter_mut().for_each(Self::push_null);
            }
        }
    }

    /// Takes the cells out, as an array.
    pub(super) fn take(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Self::I16(cells) => Arc::new(cells.finish()),
            Self::I32(cells) => Arc::new(cells.finish()),
            Self::I64(cells) => Arc::new(cells.finish()),
            Self::Bool(cells) => Arc::new(cells.finish()),
            Self::Timestamp(cells) => Arc::new(cells.finish()),
            Self::Text(cells, _) => Arc::new(cells.finish()),
            Self::Texts(lengths, elements, _) => {
                list(lengths, DataType::Utf8, Arc::new(elements.finish()))?
            }
            Self::Numbers(lengths, elements) => {
                list(lengths, DataType::Int64, Arc::new(elements.finish()))?
            }
            Self::Structs(lengths, fields, buffers) => {
                let count = lengths.iter().sum();
                let elements = structs(fields, buffers, count, None)?;
                list(lengths, DataType::Struct(fields.clone()), elements)?
            }
            Self::Struct(valid, fields, buffers) => {
                let count = valid.len();
                let nulls = NullBuffer::from(std::mem::take(valid));
                structs(fields, buffers, count, Some(nulls))?
            }
        })
    }
}

fn list(
    lengths: &mut Vec<usize>,
    of: DataType,
    elements: ArrayRef,
) -> Result<ArrayRef, ArrowError> {
    let offsets = OffsetBuffer::from_lengths(lengths.drain(..));
    let array = ListArray::try_new(element(of), offsets, elements, None)?;
    Ok(Arc::new(array))
}

fn structs(
    fields: &Fields,
    buffers: &mut [Buffer],
    count: usize,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, ArrowError> {
    let arrays: Result<Vec<_>, _> = buffers.iter_mut().map(Buffer::take).collect();
    let array = StructArray::try_new_with_length(fields.clone(), arrays?, nulls, count)?;
    Ok(Arc::new(array))
}
