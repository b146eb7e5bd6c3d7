//! The flags for tables: `--parquet` with `--texts` and `--overwrite`.

use std::path::PathBuf;

use clap::Args;

#[cfg(not(feature = "parquet"))]
use super::Refusal;
#[cfg(feature = "parquet")]
use crate::commands::tables::TablesOptions;
use crate::notes::Lang;
#[cfg(feature = "parquet")]
use crate::report::tables::Content;

#[derive(Debug, Args)]
pub struct ParquetArgs {
    /// Write tables for engines too, as Parquet: DIR/TABLE/part-00000.parquet
    ///
    /// The summary is printed as always (not with -q); wirenotes notes tables has the
    /// tables and their columns. With --packets there is a table of packets, and text
    /// still is the summary.
    #[arg(long, value_name = "DIR")]
    parquet: Option<PathBuf>,
    /// Write what annotations say into the tables, too
    #[arg(long, requires = "parquet")]
    texts: bool,
    /// Replace tables that are there already
    #[arg(long, requires = "parquet")]
    overwrite: bool,
}

impl ParquetArgs {
    /// Whether tables are asked for.
    pub fn is_given(&self) -> bool {
        self.parquet.is_some()
    }

    /// Where tables are to be written, if they are, and which; `alone`: with nothing
    /// beside them.
    #[cfg(feature = "parquet")]
    pub fn options(&self, packets: bool, alone: bool, lang: Lang) -> Option<TablesOptions> {
        Some(TablesOptions {
            folder: self.parquet.clone()?,
            overwrite: self.overwrite,
            alone,
            content: Content {
                packets,
                texts: self.texts.then_some(lang),
            },
        })
    }

    /// Says how to get what this program was built without.
    #[cfg(not(feature = "parquet"))]
    pub fn refused(&self, lang: Lang) -> Result<(), Refusal> {
        match self.is_given() {
            false => Ok(()),
            true => Err(Refusal::Usage(
                lang.pick(
                    "--parquet: this wirenotes was built without tables; build it with \
                     cargo install --path . --features parquet",
                    "--parquet：这个 wirenotes 编译时没有包含表；请用 \
                     cargo install --path . --features parquet 编译",
                )
                .to_owned(),
            )),
        }
    }
}
