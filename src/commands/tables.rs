//! `analyze --parquet DIR`: the folder of the tables. Each file is written under a
//! temporary name that no engine takes for a table (it begins with a dot), and gets its
//! own when all of them are whole; the manifest comes last.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde_json::{Value, json};

use super::output_file::FileError;
use crate::report::tables::{Content, Ending, SCHEMA_VERSION, Tables, Totals};
use crate::report::value_line;

/// The number of the part that is written.
const PART: &str = "00000";

/// Where tables are to be written, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TablesOptions {
    /// The folder.
    pub folder: PathBuf,
    /// Files that are there may be replaced.
    pub overwrite: bool,
    /// What is to be in the tables.
    pub content: Content,
    /// Nothing is written beside them.
    pub alone: bool,
}

/// The folder while tables are written. What has not got its own name by the end is
/// removed.
#[derive(Debug)]
pub struct TableFolder {
    options: TablesOptions,
    /// The manifest to be; it is locked, so that nobody else writes there.
    manifest: File,
    files: Vec<TableFile>,
    /// Folders that were not there before, outermost first.
    made: Vec<PathBuf>,
    ending: Ending,
    is_done: bool,
}

/// A table in the making.
#[derive(Debug)]
struct TableFile {
    table: &'static str,
    file: File,
}

impl TableFolder {
    /// Makes the files of the tables.
    ///
    /// # Errors
    /// When there are tables already, or the files cannot be made.
    pub fn begin(options: TablesOptions) -> Result<Self, FileError> {
        refuse_existing(&options)?;
        let root = options.folder.clone();
        let mut made = Vec::new();
        make_folder(&root, &mut made)?;
        let partial = manifest_partial(&root);
        let manifest = create(&partial)?;
        if let Err(error) = flock(&manifest, FlockOperation::NonBlockingLockExclusive) {
            let source = match error {
                rustix::io::Errno::WOULDBLOCK => io::Error::new(
                    io::ErrorKind::ResourceBusy,
                    "another wirenotes is writing tables there",
                ),
                other => other.into(),
            };
            return Err(FileError::write(&root, source));
        }
        let mut folder = Self {
            manifest,
            files: Vec::new(),
            made,
            ending: Ending::default(),
            is_done: false,
            options,
        };
        // Another may have ended since the first look.
        refuse_existing(&folder.options)?;
        for table in folder.options.content.tables() {
            make_folder(&root.join(table), &mut folder.made)?;
            let file = create(&partial_of(&root, table))?;
            folder.files.push(TableFile { table, file });
        }
        Ok(folder)
    }

    /// The renderer that writes the tables.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn tables(&self) -> Result<Tables, FileError> {
        let root = &self.options.folder;
        let mut handles = Vec::new();
        for TableFile { table, file } in &self.files {
            let handle = file.try_clone();
            handles.push((
                *table,
                handle.map_err(|source| FileError::write(root, source))?,
            ));
        }
        Tables::new(self.options.content, self.ending.clone(), |table| {
            let place = handles.iter().position(|(of, _)| *of == table);
            match place {
                Some(place) => Box::new(handles.swap_remove(place).1),
                None => Box::new(io::sink()),
            }
        })
        .map_err(|source| FileError::write(root, source))
    }

    /// Ends with how the analysis ended: gives the files their own names where all of
    /// them are whole, and says so where they are not.
    ///
    /// # Errors
    /// When a table could not be written.
    pub fn finish(mut self) -> Result<Ended, FileError> {
        match self.ending.take() {
            None => Ok(Ended::TooSoon),
            Some(Err(failure)) => {
                let path = path_of(&self.options.folder, failure.table);
                Err(FileError::write(&path, failure.source))
            }
            Some(Ok(totals)) => {
                self.name_files(&totals)?;
                self.is_done = true;
                Ok(Ended::Whole)
            }
        }
    }

    fn name_files(&mut self, totals: &Totals) -> Result<(), FileError> {
        let root = &self.options.folder;
        for TableFile { table, file } in &self.files {
            let synced = file.sync_all();
            synced.map_err(|source| FileError::write(&path_of(root, table), source))?;
        }
        // The old manifest goes first: it is not to stand over new tables.
        for path in existing(root) {
            let is_written = |it: &TableFile| path_of(root, it.table) == path;
            if !self.files.iter().any(is_written) {
                fs::remove_file(&path).map_err(|source| FileError::write(&path, source))?;
            }
        }
        for TableFile { table, .. } in &self.files {
            rename(&partial_of(root, table), &path_of(root, table))?;
        }
        let path = manifest_path(root);
        let written = self
            .manifest
            .write_all(&value_line(&manifest(totals)))
            .and_then(|()| self.manifest.sync_all());
        written.map_err(|source| FileError::write(&path, source))?;
        rename(&manifest_partial(root), &path)
    }
}

/// How tables ended, where nothing was wrong with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// They are whole.
    Whole,
    /// The analysis ended before they were.
    TooSoon,
}

impl Drop for TableFolder {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        let root = &self.options.folder;
        // What cannot be removed stays, under names that no engine reads.
        for TableFile { table, .. } in &self.files {
            let _ = fs::remove_file(partial_of(root, table));
        }
        let _ = fs::remove_file(manifest_partial(root));
        for folder in self.made.iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}

/// What the manifest says.
fn manifest(totals: &Totals) -> Value {
    let rows = totals.rows.iter();
    let rows: serde_json::Map<String, Value> = rows
        .map(|(table, rows)| ((*table).to_owned(), json!(rows)))
        .collect();
    json!({
        "schema": SCHEMA_VERSION,
        "version": env!("CARGO_PKG_VERSION"),
        "inputs": totals.files,
        "packets": totals.packets,
        "first_ns": totals.first_ns,
        "last_ns": totals.last_ns,
        "rows": rows,
    })
}

fn path_of(root: &Path, table: &str) -> PathBuf {
    root.join(table).join(format!("part-{PART}.parquet"))
}

fn partial_of(root: &Path, table: &str) -> PathBuf {
    let name = format!(".part-{PART}.parquet.partial");
    root.join(table).join(name)
}

fn manifest_path(root: &Path) -> PathBuf {
    root.join(format!("_wirenotes-{PART}.json"))
}

fn manifest_partial(root: &Path) -> PathBuf {
    root.join(format!("._wirenotes-{PART}.json.partial"))
}

/// The files of this part that are there, the manifest first.
fn existing(root: &Path) -> impl Iterator<Item = PathBuf> {
    let everything = Content {
        packets: true,
        texts: None,
    };
    let tables = everything.tables().into_iter();
    let tables: Vec<_> = tables.map(|table| path_of(root, table)).collect();
    std::iter::once(manifest_path(root))
        .chain(tables)
        .filter(|path| path.exists())
}

fn refuse_existing(options: &TablesOptions) -> Result<(), FileError> {
    match existing(&options.folder).next() {
        Some(path) if !options.overwrite => Err(FileError::Exists { path }),
        _ => Ok(()),
    }
}

/// Makes a folder and those above it, and takes down which of them are new.
fn make_folder(folder: &Path, made: &mut Vec<PathBuf>) -> Result<(), FileError> {
    let above = folder.ancestors();
    let missing = above.take_while(|it| !it.as_os_str().is_empty() && !it.exists());
    let mut missing: Vec<PathBuf> = missing.map(Path::to_owned).collect();
    missing.reverse();
    fs::create_dir_all(folder).map_err(|source| FileError::write(folder, source))?;
    made.extend(missing);
    Ok(())
}

fn create(path: &Path) -> Result<File, FileError> {
    File::create(path).map_err(|source| FileError::write(path, source))
}

fn rename(from: &Path, to: &Path) -> Result<(), FileError> {
    fs::rename(from, to).map_err(|source| FileError::write(to, source))
}
