//! The stages that a packet passes, each with those before it: the cost of one
//! is the difference to the one before. In comes a capture's path and a stage,
//! out go the packets that passed.

use std::hint::black_box;
use std::io;
use std::path::Path;

use wirenotes::capture::{Frame, ReadOptions, Reader};
use wirenotes::decode::{Brief, Packet, decode};
use wirenotes::notes::Lang;
use wirenotes::report::{Format, Look, Presenter, Show, Style, Sums};
use wirenotes::track::{self, Prepared, Tracker};

/// How far the packets go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Read from the file, record headers walked.
    Read,
    /// What its conversation needs, where the frame is of a usual build, with
    /// its checksums.
    Brief,
    /// Every layer decoded.
    Decode,
    /// And every checksum summed (nothing is followed).
    Checksums,
    /// Noted by what a brief says, followed where there is something to tell, as
    /// where nobody asks for notes: the analysis.
    Note,
    /// And the summary made.
    Summary,
    /// Decoded and followed, whatever there is to tell.
    Track,
    /// Every packet annotated and written as a JSON record.
    Records,
}

/// The stages, each before those that contain it.
pub const STAGES: [Stage; 8] = [
    Stage::Read,
    Stage::Brief,
    Stage::Decode,
    Stage::Checksums,
    Stage::Note,
    Stage::Summary,
    Stage::Track,
    Stage::Records,
];

impl Stage {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Brief => "brief",
            Self::Decode => "decode",
            Self::Checksums => "checksums",
            Self::Note => "note",
            Self::Summary => "summary",
            Self::Track => "track",
            Self::Records => "records",
        }
    }

    /// The stage that it adds to, if any.
    #[allow(dead_code, reason = "not every benchmark subtracts")]
    pub fn before(self) -> Option<Self> {
        match self {
            Self::Read => None,
            Self::Brief | Self::Decode => Some(Self::Read),
            Self::Checksums | Self::Track => Some(Self::Decode),
            Self::Note => Some(Self::Brief),
            Self::Summary => Some(Self::Note),
            Self::Records => Some(Self::Track),
        }
    }
}

/// Lets every packet of a capture go so far.
pub fn run(stage: Stage, path: &Path) -> u64 {
    let mut reader = Reader::open([path], ReadOptions::default()).expect("no filter to refuse");
    let mut tracker = Tracker::new();
    let mut happened = track::Output::default();
    let (mut presenter, mut summed) = (presenter(stage), Sums::default());
    happened.only_attention = matches!(stage, Stage::Note | Stage::Summary);
    while let Some(frame) = reader.next().expect("the capture is sound") {
        if stage == Stage::Read {
            black_box(frame.bytes.len());
            continue;
        }
        if stage == Stage::Brief {
            black_box(Brief::of(&frame));
            continue;
        }
        if stage == Stage::Checksums {
            let mut packet = Packet::undecoded(frame);
            black_box(packet.decode_and_sum());
            continue;
        }
        if matches!(stage, Stage::Note | Stage::Summary) {
            happened.least_bytes = presenter.least_bytes();
            let sums = (stage == Stage::Summary).then_some((&mut presenter, &mut summed));
            note(&frame, &mut tracker, &mut happened, sums);
            continue;
        }
        let packet = decode(frame);
        if stage == Stage::Decode {
            black_box(packet.payload.length);
            continue;
        }
        tracker.packet(&packet, &mut happened);
        if stage == Stage::Records {
            let written = presenter.packet(&packet, &happened, None);
            written.expect("nowhere takes everything");
        }
        black_box(happened.events.len());
    }
    if matches!(stage, Stage::Summary | Stage::Records) {
        presenter.sums(&summed);
        let names = vec![path.display().to_string()];
        let summary = presenter.finish(&mut tracker, names, 0);
        black_box(summary.expect("nowhere takes everything").packets);
    }
    reader.packets()
}

/// The shortest way of a frame through the analysis, and into the sums where
/// they are wanted.
fn note(
    frame: &Frame<'_>,
    tracker: &mut Tracker,
    happened: &mut track::Output,
    sums: Option<(&mut Presenter, &mut Sums)>,
) {
    let prepared = Prepared::of(frame).or_else(|| Prepared::of_message(frame));
    let told = |told: Option<io::Result<()>>| {
        told.unwrap_or(Ok(())).expect("nowhere takes everything");
    };
    let Some(prepared) = prepared else {
        let packet = decode(*frame);
        tracker.packet(&packet, happened);
        return told(sums.map(|(presenter, _)| presenter.packet(&packet, happened, None)));
    };
    let is_noted = tracker.prepared(frame, &prepared, happened);
    let presenter = sums.map(|(presenter, sums)| {
        sums.add(frame, prepared.brief());
        presenter.meet(sums, std::iter::once(*frame));
        presenter
    });
    if is_noted && happened.events.is_empty() {
        return told(presenter.map(|presenter| presenter.meanwhile(happened)));
    }
    let packet = decode(*frame);
    if !is_noted {
        tracker.decoded_packet(&packet, Some(prepared.good_sums()), happened);
    }
    told(presenter.map(|presenter| presenter.summed(&packet, happened, None)));
}

fn presenter(stage: Stage) -> Presenter {
    let packets = stage == Stage::Records;
    let name = if packets { "ndjson" } else { "text" };
    let look = Look {
        lang: Lang::En,
        style: Style { color: false },
        width: 80,
        packets,
        only_attention: false,
        conversation: None,
        chosen_kinds: false,
        command: String::new(),
    };
    let format = Format::from_name(name).expect("the format is there");
    Presenter::new((format.make)(Box::new(io::sink()), look), Show::default())
}
