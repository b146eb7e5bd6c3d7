//! `wirenotes notes [TOPIC or KIND]`: lists the notes, or shows one.

use std::io::{self, Write};

use crate::notes::{Lang, UnknownName, look_up};
use crate::report::notes::{Page, list, list_json, subject, subject_json};
use crate::report::style::Style;

/// Why a note could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum NotesError {
    /// No topic and no kind has this name: wrong usage (status 2).
    #[error("{0}\n`wirenotes notes` lists them all")]
    Unknown(#[from] UnknownName),
    /// The output could not be written.
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// Lists the notes, or writes the one of this name (a topic, a kind, a prefix
/// of kinds, or a pattern), in lines of at most `width` columns.
///
/// # Errors
/// When the name is unknown, or the output cannot be written.
pub fn run(
    out: &mut dyn Write,
    name: Option<&str>,
    lang: Lang,
    width: usize,
    colour: bool,
) -> Result<(), NotesError> {
    let page = Page {
        lang,
        width,
        style: Style { color: colour },
    };
    match name {
        None => list(out, page)?,
        Some(name) => subject(out, &look_up(name)?, page)?,
    }
    Ok(())
}

/// The same as one JSON document.
///
/// # Errors
/// As [`run`].
pub fn run_json(out: &mut dyn Write, name: Option<&str>, lang: Lang) -> Result<(), NotesError> {
    let value = match name {
        None => list_json(lang),
        Some(name) => subject_json(&look_up(name)?, lang),
    };
    writeln!(out, "{value}")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_an_error_that_suggests() {
        let mut out = Vec::new();
        let error = run(&mut out, Some("tcp-handshak"), Lang::En, 80, false).unwrap_err();
        assert!(matches!(error, NotesError::Unknown(_)));
        assert!(
            error.to_string().contains("did you mean tcp-handshake"),
            "{error}"
        );
        assert!(out.is_empty());
    }

    #[test]
    fn json_is_one_line() {
        for name in [None, Some("udp"), Some("tcp.*")] {
            let mut out = Vec::new();
            run_json(&mut out, name, Lang::Zh).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert_eq!(text.lines().count(), 1);
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        }
    }
}
