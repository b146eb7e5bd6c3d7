//! `wirenotes interfaces`: what `live` can capture on.

use std::io::{self, Write};

use crate::capture::live::{self, LiveError};
use crate::report::Look;
use crate::report::interfaces::{json, text};

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum InterfacesError {
    /// libpcap has no list of interfaces.
    #[error(transparent)]
    List(#[from] LiveError),
    /// The output cannot be written.
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// The form of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A table.
    Text,
    /// A JSON document.
    Document,
    /// A JSON record a line.
    Lines,
}

/// Lists the interfaces.
///
/// # Errors
/// When they cannot be listed, or the list cannot be written.
pub fn run(out: Box<dyn Write + Send>, form: Form, look: &Look) -> Result<(), InterfacesError> {
    let interfaces = live::interfaces()?;
    match form {
        Form::Text => text(out, &interfaces, look)?,
        Form::Document => json(out, &interfaces, true)?,
        Form::Lines => json(out, &interfaces, false)?,
    }
    Ok(())
}
