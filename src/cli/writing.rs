//! The flags for writing packets: `-w` with `-C`, `-G` and `-W`.

use std::path::PathBuf;

use clap::Args;

use super::Refusal;
use crate::capture::{FileSize, Rotation, WriteOptions};
use crate::notes::Lang;

#[derive(Debug, Args)]
pub struct WriteArgs {
    /// Write packets there, with what is said of them
    ///
    /// As packet comments in pcapng; classic pcap, which has none, when the name
    /// ends in .pcap. With - they go to standard output, and the report to standard
    /// error.
    #[arg(short = 'w', value_name = "FILE")]
    write: Option<PathBuf>,
    /// Begin another file when one has grown past so many millions of bytes
    /// (with k, m, g behind: KiB, MiB, GiB); a number is put behind the name
    #[arg(short = 'C', value_name = "SIZE", requires = "write")]
    file_size: Option<String>,
    /// Begin another file every so many seconds of the capture's time; its
    /// name may hold a time as for strftime (UTC), else a number is put behind
    #[arg(short = 'G', value_name = "SECONDS", requires = "write")]
    #[arg(value_parser = super::units::positive)]
    file_seconds: Option<u64>,
    /// With -C keep only so many files, numbered from 0, in a ring (with -G
    /// too, a ring in each period); with -G alone stop writing after so many
    #[arg(short = 'W', value_name = "COUNT", requires = "write")]
    #[arg(value_parser = super::units::positive)]
    files: Option<u64>,
}

impl WriteArgs {
    /// The place where packets are to be written, if they are.
    pub fn options(self, lang: Lang) -> Result<Option<WriteOptions>, Refusal> {
        let Some(path) = self.write else {
            return Ok(None);
        };
        let size = self.file_size.map(|text| {
            let size = text.parse::<FileSize>();
            size.map_err(|error| {
                Refusal::Usage(match lang {
                    Lang::En => format!("-C {text}: {error}"),
                    Lang::Zh => {
                        format!("-C {text}：大小是百万字节数，或者带 k、m、g 的数（KiB、MiB、GiB）")
                    }
                })
            })
        });
        let rotation = Rotation {
            size: size.transpose()?.map(|size| size.0),
            seconds: self.file_seconds,
            files: self.files,
        };
        if rotation.files.is_some() && rotation.size.is_none() && rotation.seconds.is_none() {
            let message = lang.pick(
                "-W says how many files are kept of those that -C or -G begin: give one of these \
                 too",
                "-W 指的是 -C 或 -G 另起的文件保留几个：请同时给出其中之一",
            );
            return Err(Refusal::Usage(message.to_owned()));
        }
        Ok(Some(WriteOptions {
            path,
            rotation,
            ..WriteOptions::default()
        }))
    }
}
