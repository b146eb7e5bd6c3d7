//! `wirenotes notes [TOPIC or KIND]`: lists the notes, shows one, or searches
//! them all.

use std::io::{self, Write};

use serde_json::Value;

use crate::escape::escape;
use crate::notes::{Lang, UnknownName, look_up, search};
use crate::report::notes::{Page, found, found_json, list, list_json, subject, subject_json};
use crate::report::style::Style;
use crate::report::value_line;

/// Why a note could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum NotesError {
    /// No topic and no kind has this name: wrong usage (status 2).
    #[error(
        "{0}\n`wirenotes notes` lists them all, `wirenotes notes --search WORDS` looks through \
         their texts"
    )]
    Unknown(#[from] UnknownName),
    /// No note has these words.
    #[error("no note says anything of \"{}\"", escape(.0))]
    NotFound(String),
    /// The program was built without tables: wrong usage (status 2).
    #[cfg(not(feature = "parquet"))]
    #[error(
        "this wirenotes was built without tables; build it with cargo install --path . --features \
         parquet"
    )]
    NoTables,
    /// The output could not be written.
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// What is asked of the notes.
#[derive(Clone, Debug)]
pub enum Question {
    /// The list of all topics.
    All,
    /// The one of this name: a topic, a kind, a prefix of kinds, or a pattern.
    Named(String),
    /// The places where all these words stand.
    Search(Vec<String>),
}

/// The name of the list of tables, which is no topic.
const TABLES: &str = "tables";

#[cfg(feature = "parquet")]
fn tables(out: &mut dyn Write, page: Page) -> Result<(), NotesError> {
    Ok(crate::report::tables::list(out, page)?)
}

#[cfg(not(feature = "parquet"))]
fn tables(_: &mut dyn Write, _: Page) -> Result<(), NotesError> {
    Err(NotesError::NoTables)
}

#[cfg(feature = "parquet")]
fn tables_json(lang: Lang) -> Result<Value, NotesError> {
    Ok(crate::report::tables::list_json(lang))
}

#[cfg(not(feature = "parquet"))]
fn tables_json(_: Lang) -> Result<Value, NotesError> {
    Err(NotesError::NoTables)
}

/// Writes the answer, in lines of at most `width` columns.
///
/// # Errors
/// When the name is unknown, nothing is found, or the output cannot be written.
pub fn run(
    out: &mut dyn Write,
    question: &Question,
    lang: Lang,
    width: usize,
    colour: bool,
) -> Result<(), NotesError> {
    let page = Page {
        lang,
        width,
        style: Style { color: colour },
    };
    match question {
        Question::All => list(out, page)?,
        Question::Named(name) if name == TABLES => tables(out, page)?,
        Question::Named(name) => subject(out, &look_up(name)?, page)?,
        Question::Search(words) => {
            let hits = search(words, lang);
            if hits.is_empty() {
                return Err(NotesError::NotFound(words.join(" ")));
            }
            found(out, &hits, page)?;
        }
    }
    Ok(())
}

/// Writes the answer as one JSON document. A search that finds nothing is a
/// document too.
///
/// # Errors
/// As [`run`].
pub fn run_json(out: &mut dyn Write, question: &Question, lang: Lang) -> Result<(), NotesError> {
    let value = match question {
        Question::All => list_json(lang),
        Question::Named(name) if name == TABLES => tables_json(lang)?,
        Question::Named(name) => subject_json(&look_up(name)?, lang),
        Question::Search(words) => found_json(words, &search(words, lang), lang),
    };
    Ok(out.write_all(&value_line(&value))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_an_error_that_suggests() {
        let mut out = Vec::new();
        let error = run(
            &mut out,
            &Question::Named("tcp-handshak".to_owned()),
            Lang::En,
            80,
            false,
        )
        .unwrap_err();
        assert!(matches!(error, NotesError::Unknown(_)));
        assert!(
            error.to_string().contains("did you mean tcp-handshake"),
            "{error}"
        );
        assert!(out.is_empty());
    }

    #[test]
    fn json_is_one_line() {
        for question in [
            Question::All,
            Question::Named("udp".to_owned()),
            Question::Named("tcp.*".to_owned()),
            Question::Search(vec!["窗口".to_owned()]),
        ] {
            let mut out = Vec::new();
            run_json(&mut out, &question, Lang::Zh).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert_eq!(text.lines().count(), 1);
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        }
    }
}
