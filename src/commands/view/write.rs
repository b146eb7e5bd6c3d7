//! `w`: what is shown is written into a file, with what is said of it.

use std::io;
use std::ops::{ControlFlow, RangeInclusive};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::View;
use super::answer::{analysis, faults, nothing_kept, told};
use crate::capture::{Interfaces, WriteOptions, Written};
use crate::commands::analyze::{self, Reading};
use crate::commands::kept::Kept;
use crate::commands::writing::Writing;
use crate::decode::http::Secrets;
use crate::notes::Lang;
use crate::report::Show;
use crate::report::preview::hidden_bytes;
use crate::track::PacketNumber;
use crate::view::Shown;

/// Writes it, and gives what is to be said of that.
pub(super) fn write(
    view: &View,
    kept: Option<&Kept>,
    path: PathBuf,
    shown: &Shown,
    interrupt: &Arc<AtomicBool>,
) -> String {
    let lang = view.look.lang;
    let name = crate::escape::escape_path(&path);
    if path.exists() {
        return match lang {
            Lang::En => format!("there is a file {name} already"),
            Lang::Zh => format!("文件 {name} 已经存在"),
        };
    }
    let written = match shown {
        Shown::Packets(numbers) => match kept {
            Some(kept) => packets(view, kept, path, numbers, interrupt),
            None => Err(nothing_kept(lang)),
        },
        Shown::Conversation(number) => conversations(view, path, Some(*number), "", interrupt),
        Shown::Conversations(words) => conversations(view, path, None, words, interrupt),
    };
    let (written, secrets) = match written {
        Ok(written) => written,
        Err(error) => return error,
    };
    let packets = written.packets;
    match (lang, secrets) {
        (Lang::En, 0) => format!("{packets} packets written to {name}"),
        (Lang::Zh, 0) => format!("已把 {packets} 个报文写入 {name}"),
        (Lang::En, _) => format!(
            "{packets} packets written to {name}, with the {secrets} secrets that are hidden here"
        ),
        (Lang::Zh, _) => {
            format!("已把 {packets} 个报文写入 {name}，其中含有这里所隐藏的 {secrets} 个秘密值")
        }
    }
}

/// What was written, and how many secrets that are hidden here are in it.
type WithSecrets = (Written, u64);

/// These packets, of which the reading has kept what was found.
fn packets(
    view: &View,
    kept: &Kept,
    path: PathBuf,
    numbers: &RangeInclusive<PacketNumber>,
    interrupt: &Arc<AtomicBool>,
) -> Result<WithSecrets, String> {
    let lang = view.look.lang;
    let interfaces = Interfaces::default();
    let options = WriteOptions {
        path,
        inputs: view.reading.files.clone(),
        interfaces: interfaces.clone(),
        stop: Arc::clone(interrupt),
        ..WriteOptions::default()
    };
    let show = Show {
        lang,
        ..Show::default()
    };
    let writing = Writing::begin(options, show).map_err(|error| told(&error, lang))?;
    let mut secrets = 0;
    let each = kept.each(*numbers.start(), Some(interfaces), interrupt, |one| {
        if one.packet.frame.number > *numbers.end() {
            return ControlFlow::Break(());
        }
        if view.look.secrets == Secrets::Hide {
            let tracked = Some(&one.output.tracked);
            secrets += hidden_bytes(one.packet, tracked, Secrets::Hide).len() as u64;
        }
        writing.packet(one.packet, one.output);
        ControlFlow::Continue(())
    });
    each.map_err(|error| told(&error, lang))?;
    let written = writing.finish().map_err(|error| told(&error, lang))?;
    Ok((written, secrets))
}

/// The packets of one conversation, or of those that words select.
fn conversations(
    view: &View,
    path: PathBuf,
    conversation: Option<u64>,
    words: &str,
    interrupt: &Arc<AtomicBool>,
) -> Result<WithSecrets, String> {
    let lang = view.look.lang;
    let selection = (view.select)(words, view.utc, lang)?;
    let reading = Reading {
        interrupt: Arc::clone(interrupt),
        ..view.reading.clone()
    };
    let mut analyze = analysis(reading, view.look.clone(), conversation, selection)?;
    analyze.write = Some(WriteOptions {
        path,
        ..WriteOptions::default()
    });
    let outcome = analyze::run(analyze, Box::new(io::sink()), &mut |_, _| {});
    let outcome = outcome.map_err(|error| told(&error, lang))?;
    match outcome.written {
        Some(written) => Ok((written, outcome.secrets_written)),
        None => Err(faults(&outcome, lang).join("; ")),
    }
}
