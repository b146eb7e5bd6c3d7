//! A file that a command writes beside or in place of its output: a picture, a
//! page. It is written when all of it is there, and never over a capture that is
//! read.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::escape::escape_path;

/// Why there is no such file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is one of the captures that are read.
    #[error("{}: it is being read; name another file, or it would be lost", escape_path(.path))]
    Input {
        /// The file.
        path: PathBuf,
    },
    /// It was dealt before.
    #[error(
        "{}: this piece has been dealt already; name another folder, or take it away first",
        escape_path(.path)
    )]
    Dealt {
        /// The piece.
        path: PathBuf,
    },
    /// What is there cannot be read.
    #[error("{}: cannot be read: {source}", escape_path(.path))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It holds what was written before.
    #[error(
        "{}: is there already; name another folder, or give --overwrite to replace it",
        escape_path(.path)
    )]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be written.
    #[error("{}: cannot be written: {source}", escape_path(.path))]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl FileError {
    /// This file cannot be written, for this reason.
    #[must_use]
    pub fn write(path: &Path, source: io::Error) -> Self {
        Self::Write {
            path: path.to_owned(),
            source,
        }
    }
}

/// Whether a file may be written while these are read.
///
/// # Errors
/// When it is one of them.
pub fn may_write(path: &Path, inputs: &[PathBuf]) -> Result<(), FileError> {
    let same = |input: &PathBuf| match (path.canonicalize(), input.canonicalize()) {
        (Ok(path), Ok(input)) => path == input,
        _ => false,
    };
    match inputs.iter().any(same) {
        true => Err(FileError::Input {
            path: path.to_owned(),
        }),
        false => Ok(()),
    }
}

/// Writes a file, or standard output where it is named `-`.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, text: &[u8], out: &mut dyn Write) -> Result<(), FileError> {
    let written = match path.as_os_str() == "-" {
        true => out.write_all(text).and_then(|()| out.flush()),
        false => fs::write(path, text),
    };
    written.map_err(|source| FileError::write(path, source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_capture_is_not_written_over_by_whatever_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let capture = folder.path().join("a.pcap");
        fs::write(&capture, "bytes").expect("written");
        let other_name = folder.path().join(".").join("a.pcap");
        assert!(may_write(&other_name, std::slice::from_ref(&capture)).is_err());
        assert!(may_write(&folder.path().join("b.svg"), &[capture]).is_ok());
    }
}
