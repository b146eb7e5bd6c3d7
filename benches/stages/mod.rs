//! The stages that a packet passes, each with those before it: the cost of one
//! is the difference to the one before. In comes a capture's path and a stage,
//! out go the packets that passed.

use std::hint::black_box;
use std::io;
use std::path::Path;

use wirenotes::capture::{ReadOptions, Reader};
use wirenotes::decode::decode;
use wirenotes::notes::Lang;
use wirenotes::report::{Format, Look, Presenter, Show, Style};
use wirenotes::track::{self, Tracker};

/// How far the packets go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Read from the file, record headers walked.
    Read,
    /// Every layer decoded, every checksum judged.
    Decode,
    /// Followed.
    Track,
    /// The text summary is made as well.
    Summary,
    /// Every packet annotated and written as a JSON record.
    Records,
}

/// The stages, each before those that contain it.
pub const STAGES: [Stage; 5] = [
    Stage::Read,
    Stage::Decode,
    Stage::Track,
    Stage::Summary,
    Stage::Records,
];

impl Stage {
    /// The stage's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Decode => "decode",
            Self::Track => "track",
            Self::Summary => "summary",
            Self::Records => "records",
        }
    }

    /// The stage that it adds to, if any.
    #[allow(dead_code, reason = "not every benchmark subtracts")]
    pub fn before(self) -> Option<Self> {
        match self {
            Self::Read => None,
            Self::Decode => Some(Self::Read),
            Self::Track => Some(Self::Decode),
            Self::Summary | Self::Records => Some(Self::Track),
        }
    }
}

/// Lets every packet of a capture go so far.
pub fn run(stage: Stage, path: &Path) -> u64 {
    let mut reader = Reader::open([path], ReadOptions::default()).expect("no filter to refuse");
    let mut tracker = Tracker::new();
    let mut happened = track::Output::default();
    let mut presenter = presenter(stage);
    let is_reported = matches!(stage, Stage::Summary | Stage::Records);
    while let Some(frame) = reader.next().expect("the capture is sound") {
        if stage == Stage::Read {
            black_box(frame.bytes.len());
            continue;
        }
        let packet = decode(frame);
        if stage == Stage::Decode {
            black_box(packet.payload.length);
            continue;
        }
        tracker.packet(&packet, &mut happened);
        if is_reported {
            let written = presenter.packet(&packet, &happened, None);
            written.expect("nowhere takes everything");
        }
        black_box(happened.events.len());
    }
    if is_reported {
        let names = vec![path.display().to_string()];
        let summary = presenter.finish(&mut tracker, names, 0);
        black_box(summary.expect("nowhere takes everything").packets);
    }
    reader.packets()
}

fn presenter(stage: Stage) -> Presenter {
    let packets = stage == Stage::Records;
    let name = if packets { "ndjson" } else { "text" };
    let look = Look {
        lang: Lang::En,
        style: Style { color: false },
        width: 80,
        packets,
        ..Look::default()
    };
    let format = Format::from_name(name).expect("the format is there");
    Presenter::new((format.make)(Box::new(io::sink()), look), Show::default())
}
