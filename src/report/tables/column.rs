//! A column: its name, its type, what it means, and where the value of a cell comes
//! from, in one place. What writes tables and what describes them both read this.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use super::buffer::Buffer;
use crate::notes::Lang;

/// A kind of row; the row itself may borrow.
pub trait Row: 'static {
    /// The row.
    type Of<'a>;
}

/// A column of such rows.
pub struct Column<R: Row> {
    /// Its name.
    pub name: Cow<'static, str>,
    /// Whether a cell may be null: unknown.
    pub nullable: bool,
    /// What it means.
    pub meaning: Meaning,
    /// Its type, and the value of a cell.
    pub(super) cell: Cell<R>,
}

/// What something means, in both languages, in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    en: Cow<'static, str>,
    zh: Cow<'static, str>,
}

impl Meaning {
    /// In this language.
    #[must_use]
    pub fn told(&self, lang: Lang) -> &str {
        lang.pick(&self.en, &self.zh)
    }
}

impl From<(&'static str, &'static str)> for Meaning {
    fn from((en, zh): (&'static str, &'static str)) -> Self {
        Self {
            en: en.into(),
            zh: zh.into(),
        }
    }
}

impl From<(String, String)> for Meaning {
    fn from((en, zh): (String, String)) -> Self {
        Self {
            en: en.into(),
            zh: zh.into(),
        }
    }
}

/// Gives a cell's value; `None`: unknown.
type Value<R, T> = Box<dyn Fn(&<R as Row>::Of<'_>) -> Option<T> + Send + Sync>;

/// Hands the elements of a list on, one after the other.
type Each<R, T> = Box<dyn Fn(&<R as Row>::Of<'_>, &mut dyn FnMut(T)) + Send + Sync>;

/// Hands texts on, one after the other.
type EachText<R> =
    Box<dyn Fn(&<R as Row>::Of<'_>, &mut dyn FnMut(&dyn fmt::Display)) + Send + Sync>;

/// Puts the text of a cell.
type PutText<R> = Box<dyn Fn(&<R as Row>::Of<'_>, &mut Text) + Send + Sync>;

/// The type of a cell, with what gives its value.
pub(super) enum Cell<R: Row> {
    I16(Value<R, i16>),
    I32(Value<R, i32>),
    I64(Value<R, i64>),
    Bool(Value<R, bool>),
    /// Microseconds since 1970, UTC.
    Timestamp(Value<R, i64>),
    Text(PutText<R>),
    Texts(EachText<R>),
    Numbers(Each<R, u64>),
    /// Any number of structures.
    Structs(Box<dyn Elements<R>>),
    /// One structure, or none.
    Struct(Box<dyn Elements<R>>),
}

/// Structures in the cells of a column.
pub(super) trait Elements<R: Row>: Send + Sync {
    /// Their type.
    fn type_name(&self) -> String;

    /// The type of each of their fields.
    fn fields(&self) -> arrow_schema::Fields;

    /// An empty buffer for each of their fields.
    fn buffers(&self) -> Vec<Buffer>;

    /// Puts the structures of a row behind those that are there, and gives how many
    /// there were. There is a buffer for each field.
    fn put(&self, row: &R::Of<'_>, into: &mut [Buffer]) -> usize;
}

struct Of<E: Row, F> {
    fields: Vec<Column<E>>,
    each: F,
}

impl<R: Row, E: Row, F> Elements<R> for Of<E, F>
where
    F: Fn(&R::Of<'_>, &mut dyn FnMut(&E::Of<'_>)) + Send + Sync,
{
    fn type_name(&self) -> String {
        let fields = self.fields.iter();
        let fields: Vec<String> = fields
            .map(|field| format!("{} {}", field.name, field.type_name()))
            .collect();
        format!("struct<{}>", fields.join(", "))
    }

    fn fields(&self) -> arrow_schema::Fields {
        self.fields.iter().map(Column::field).collect()
    }

    fn buffers(&self) -> Vec<Buffer> {
        self.fields.iter().map(Buffer::of).collect()
    }

    fn put(&self, row: &R::Of<'_>, into: &mut [Buffer]) -> usize {
        let mut count = 0;
        (self.each)(row, &mut |element| {
            for (field, buffer) in self.fields.iter().zip(into.iter_mut()) {
                buffer.push(field, element);
            }
            count += 1;
        });
        count
    }
}

/// Takes the text of a cell; where nothing is taken, it is null.
#[derive(Debug, Default)]
pub struct Text {
    pub(super) text: String,
    pub(super) is_some: bool,
}

impl Text {
    /// The text, where there is one.
    pub fn put<'t>(&mut self, text: impl Into<Option<&'t str>>) {
        if let Some(text) = text.into() {
            self.is_some = true;
            self.text.push_str(text);
        }
    }

    /// What is displayed, where there is anything.
    pub fn show(&mut self, shown: Option<impl fmt::Display>) {
        if let Some(shown) = shown {
            self.is_some = true;
            // A string takes whatever is written.
            let _ = write!(self.text, "{shown}");
        }
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.is_some = false;
    }
}

/// A cell's number, where it fits the type.
fn fitting<R: Row, V: Into<Option<u64>>, T: TryFrom<u64>>(
    of: impl Fn(&R::Of<'_>) -> V + Send + Sync + 'static,
) -> Value<R, T> {
    Box::new(move |row| of(row).into().and_then(|number| number.try_into().ok()))
}

impl<R: Row> Column<R> {
    fn new(name: impl Into<Cow<'static, str>>, meaning: impl Into<Meaning>, cell: Cell<R>) -> Self {
        let is_list = matches!(cell, Cell::Texts(_) | Cell::Numbers(_) | Cell::Structs(_));
        Self {
            name: name.into(),
            nullable: !is_list,
            meaning: meaning.into(),
            cell,
        }
    }

    /// It is never null.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.nullable = false;
        self
    }

    /// A number of 16 bits; one that does not fit is null.
    pub fn i16<V: Into<Option<u64>>>(
        name: impl Into<Cow<'static, str>>,
        meaning: impl Into<Meaning>,
        of: impl Fn(&R::Of<'_>) -> V + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, meaning, Cell::I16(fitting::<R, _, _>(of)))
    }

    /// A number of 32 bits; one that does not fit is null.
    pub fn i32<V: Into<Option<u64>>>(
        name: impl Into<Cow<'static, str>>,
        meaning: impl Into<Meaning>,
        of: impl Fn(&R::Of<'_>) -> V + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, meaning, Cell::I32(fitting::<R, _, _>(of)))
    }

    /// A number of 64 bits; one that does not fit is null.
    pub fn i64<V: Into<Option<u64>>>(
        name: impl Into<Cow<'static, str>>,
        meaning: impl Into<Meaning>,
        of: impl Fn(&R::Of<'_>) -> V + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, meaning, Cell::I64(fitting::<R, _, _>(of)))
    }

    /// A time, given in nanoseconds since 1970.
    pub fn timestamp(
        name: &'static str,
        meaning: impl Into<Meaning>,
        of: impl Fn(&R::Of<'_>) -> Option<u64> + Send + Sync + 'static,
    ) -> Self {
        let of = move |row: &R::Of<'_>| of(row).map(|ns| ns / 1_000);
        Self::new(name, meaning, Cell::Timestamp(fitting::<R, _, _>(of)))
    }

    /// Yes or no.
    pub fn bool<V: Into<Option<bool>>>(
        name: impl Into<Cow<'static, str>>,
        meaning: impl Into<Meaning>,
        of: impl Fn(&R::Of<'_>) -> V + Send + Sync + 'static,
    ) -> Self {
        let of = Box::new(move |row: &R::Of<'_>| of(row).into());
        Self::new(name, meaning, Cell::Bool(of))
    }

    /// A text.
    pub fn text(
        name: impl Into<Cow<'static, str>>,
        meaning: impl Into<Meaning>,
        of: impl Fn(&R::Of<'_>, &mut Text) + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, meaning, Cell::Text(Box::new(of)))
    }

    /// A list of texts.
    pub fn texts(
        name: &'static str,
        meaning: impl Into<Meaning>,
        of: impl Fn(&R::Of<'_>, &mut dyn FnMut(&dyn fmt::Display)) + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, meaning, Cell::Texts(Box::new(of)))
    }

    /// A list of numbers of 64 bits.
    pub fn numbers(
        name: &'static str,
        meaning: impl Into<Meaning>,
        of: impl Fn(&R::Of<'_>, &mut dyn FnMut(u64)) + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, meaning, Cell::Numbers(Box::new(of)))
    }

    /// A list of structures with these fields; `each` hands them on.
    pub fn structs<E: Row>(
        name: &'static str,
        meaning: impl Into<Meaning>,
        fields: Vec<Column<E>>,
        each: impl Fn(&R::Of<'_>, &mut dyn FnMut(&E::Of<'_>)) + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, meaning, Cell::Structs(Box::new(Of { fields, each })))
    }

    /// A structure with these fields, where there is one; `each` hands it on.
    pub fn structure<E: Row>(
        name: &'static str,
        meaning: impl Into<Meaning>,
        fields: Vec<Column<E>>,
        each: impl Fn(&R::Of<'_>, &mut dyn FnMut(&E::Of<'_>)) + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, meaning, Cell::Struct(Box::new(Of { fields, each })))
    }

    /// The name of its type, as in `list<struct<layer str, bytes i64>>`.
    #[must_use]
    pub fn type_name(&self) -> String {
        let name = match &self.cell {
            Cell::I16(_) => "i16",
            Cell::I32(_) => "i32",
            Cell::I64(_) => "i64",
            Cell::Bool(_) => "bool",
            Cell::Timestamp(_) => "timestamp",
            Cell::Text(_) => "str",
            Cell::Texts(_) => "list<str>",
            Cell::Numbers(_) => "list<i64>",
            Cell::Structs(of) => return format!("list<{}>", of.type_name()),
            Cell::Struct(of) => return of.type_name(),
        };
        name.to_owned()
    }
}
