//! Between the tracker and a renderer: chooses what is shown, makes the words
//! for that and for nothing else, and keeps the sums.

use std::io;
use std::sync::Arc;

use crate::capture::FileInfo;
use crate::decode::{Packet, Protocol};
use crate::notes::{self, Annotation, Kind, Lang, Scene, Severity};
use crate::track::{Event, Evicted, Exchange, Finding, Output, Tracked, Tracker};

use super::chooser::Chooser;
use super::digest::{Digest, Found, Waits};
use super::selection::{Numbers, Selection};
use super::{
    Captured, ConversationReport, ExchangeReport, FindingReport, Live, PacketReport, Report,
    Summary, Wants,
};

/// How many listeners the records name at most.
const MOST_LISTENERS: usize = 1_000;

/// How many open conversations are looked at for what stands so far.
const MOST_OPEN: usize = 10;

/// A set of annotation kinds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Kinds {
    /// Every kind.
    #[default]
    All,
    /// Only the kinds listed.
    Some(Vec<Kind>),
}

impl Kinds {
    /// Whether a kind belongs to the set.
    #[must_use]
    pub fn has(&self, kind: Kind) -> bool {
        match self {
            Self::All => true,
            Self::Some(kinds) => kinds.contains(&kind),
        }
    }
}

/// What is to be shown.
#[derive(Clone, Debug, Default)]
pub struct Show {
    /// The reader's language.
    pub lang: Lang,
    /// Only these annotation kinds.
    pub kinds: Kinds,
    /// Only this conversation.
    pub conversation: Option<u64>,
    /// Only these conversations, as if nothing else had been recorded; `None`:
    /// all.
    pub selected: Option<Arc<Numbers>>,
}

impl Show {
    /// Whether what belongs to this conversation, or to none, is to be shown.
    #[must_use]
    pub fn has_conversation(&self, conversation: Option<u64>) -> bool {
        (self.conversation.is_none() || self.conversation == conversation)
            && self.is_selected(conversation)
    }

    /// Whether what belongs to this conversation counts at all.
    #[must_use]
    fn is_selected(&self, conversation: Option<u64>) -> bool {
        self.selected
            .as_ref()
            .is_none_or(|numbers| conversation.is_some_and(|number| numbers.has(number)))
    }

    /// Whether a finding counts: what is said of the recording as a whole bears
    /// on every conversation.
    fn has_finding(&self, finding: &Finding) -> bool {
        let kind = notes::kind(&finding.event);
        let of_recording = || kind.name().starts_with("capture.") && finding.conversation.is_none();
        self.kinds.has(kind) && (self.is_selected(finding.conversation) || of_recording())
    }
}

/// Feeds a renderer.
pub struct Presenter {
    report: Box<dyn Report>,
    wants: Wants,
    show: Show,
    summary: Summary,
    annotations: Vec<Annotation>,
    /// Chooses conversations as they end; `None`: all are reported.
    chooser: Option<Chooser>,
    /// The newest conversation so far, where files are counted apart.
    newest: u64,
    /// The files' names in reading order.
    files: Vec<String>,
    /// The file of the packet before, from 0.
    file: Option<u32>,
    /// What was given up in timelines that are over.
    evicted_before: Evicted,
}

impl Presenter {
    /// Puts a presenter in front of a renderer.
    #[must_use]
    pub fn new(report: Box<dyn Report>, show: Show) -> Self {
        let wants = report.wants();
        let mut summary = Summary::default();
        let langs = match (wants.both_languages, show.lang) {
            (true, _) => &Lang::ALL[..],
            (false, Lang::En) => &[Lang::En],
            (false, Lang::Zh) => &[Lang::Zh],
        };
        summary.digest = wants.groups.then(|| Box::new(Digest::new(langs)));
        Self {
            wants,
            report,
            show,
            summary,
            annotations: Vec::new(),
            chooser: None,
            newest: 0,
            files: Vec::new(),
            file: None,
            evicted_before: Evicted::default(),
        }
    }

    /// Only conversations that are asked for are reported, as they turn out to
    /// be when they end. Packets and findings are reported as ever.
    #[must_use]
    pub fn choosing(mut self, selection: Selection) -> Self {
        self.chooser = (!selection.is_empty()).then(|| Chooser::new(selection));
        self
    }

    /// The packets are of these files, in reading order; several are counted apart.
    #[must_use]
    pub fn of_files(mut self, files: Vec<String>) -> Self {
        if files.len() > 1 {
            let file = Captured {
                timeline: 1,
                ..Captured::default()
            };
            self.summary.captured.resize(files.len(), file);
        }
        self.files = files;
        self
    }

    /// The capture's first packet came at this time, whether it is presented or
    /// not.
    pub fn begins(&mut self, first_ns: u64) {
        self.report.begins(first_ns);
    }

    /// Presents one packet, what happened on it and before it. `file` is its
    /// file's name where several are read.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn packet(
        &mut self,
        packet: &Packet<'_>,
        output: &Output,
        file: Option<&str>,
    ) -> io::Result<()> {
        if let Some(chooser) = &mut self.chooser {
            chooser.packet(packet, output);
        }
        if !self.summary_has(packet, output) {
            return self.outcome(output);
        }
        self.summary.packet(packet, output.tracked.undecoded);
        self.outcome(output)?;
        if self.wants.packets {
            return self.may_show(packet, output, file);
        }
        if !output.events.is_empty() {
            self.events(packet, output, false);
        }
        Ok(())
    }

    /// Shows the packet, unless the choices leave it out.
    #[inline(never)]
    fn may_show(
        &mut self,
        packet: &Packet<'_>,
        output: &Output,
        file: Option<&str>,
    ) -> io::Result<()> {
        if self.wants.only_eventful && output.events.is_empty() {
            return Ok(());
        }
        self.annotations.clear();
        let tracked = &output.tracked;
        let whole = whole(packet, &output.events);
        let shown = self.is_shown(tracked.conversation)
            && (!self.wants.only_attention || self.deserves_attention(packet, output));
        self.events(packet, output, shown);
        if !shown || (self.wants.only_annotated && self.annotations.is_empty()) {
            return Ok(());
        }
        sort(&mut self.annotations, whole.as_ref().unwrap_or(packet));
        self.report.packet(&PacketReport {
            packet,
            whole: whole.as_ref(),
            tracked,
            has_time: packet.frame.has_time,
            events: &output.events,
            annotations: &self.annotations,
            file,
        })
    }

    /// Counts a packet as [`Presenter::packet`] does; if this gives true, the
    /// packet itself is to be written by a [`super::apart::PacketWriter`].
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn count(&mut self, packet: &Packet<'_>, output: &Output) -> io::Result<bool> {
        self.outcome(output)?;
        if !self.summary_has(packet, output) {
            return Ok(false);
        }
        self.summary.packet(packet, output.tracked.undecoded);
        self.events(packet, output, false);
        let shown = self.wants.packets && self.is_shown(output.tracked.conversation);
        if shown {
            self.report.before_packet()?;
        }
        Ok(shown)
    }

    /// Whether a packet counts; where conversations are selected, it is counted
    /// among those out of which they are.
    fn summary_has(&mut self, packet: &Packet<'_>, output: &Output) -> bool {
        let frame = &packet.frame;
        if self.file != Some(frame.file) {
            self.file = Some(frame.file);
            let name = self.files.get(frame.file as usize);
            let name = name.map_or("", String::as_str);
            let before = frame.number.saturating_sub(frame.number_in_file);
            self.report.begins_file(frame.file, name, before + 1);
        }
        let conversation = output.tracked.conversation;
        let selected = match &self.show.selected {
            None => true,
            Some(_) => {
                let selected = self.summary.selected.get_or_insert_default();
                selected.of_packets += 1;
                self.show.is_selected(conversation)
            }
        };
        if selected
            && let Some(file) = self.summary.captured.get_mut(packet.frame.file as usize)
            && let Some(number) = conversation
            && number > self.newest
        {
            self.newest = number;
            file.conversations += 1;
        }
        selected
    }

    /// What a running capture says of itself, until it says it again.
    pub fn captured(&mut self, live: Live) {
        self.summary.live = Some(live);
    }

    /// The sums so far; what is open stays open.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn so_far(&mut self, tracker: &mut Tracker) -> io::Result<()> {
        self.take_sums(tracker);
        let open = tracker.largest_open(MOST_OPEN);
        let until_now = self.summary.digest.take();
        self.summary.digest = until_now
            .as_ref()
            .map(|digest| Box::new(digest.as_of_now(tracker)));
        let shown = self.report.so_far(&self.summary, open);
        self.summary.digest = until_now;
        shown?;
        self.report.flush()
    }

    /// What stands in the open conversations, while they go on.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn standing(&mut self, tracker: &Tracker) -> io::Result<()> {
        let Some(digest) = self.summary.digest.as_ref() else {
            return Ok(());
        };
        let now = digest.as_of_now(tracker);
        self.report.standing(&now)?;
        self.report.flush()
    }

    fn take_sums(&mut self, tracker: &mut Tracker) {
        self.summary.conversations = tracker.conversations();
        self.summary.secrets_hidden = tracker.hidden_secrets();
        self.summary.evicted = [self.evicted_before, tracker.evicted()].into_iter().sum();
        self.summary.listeners = tracker.listeners(MOST_LISTENERS);
        if let Some(numbers) = &self.show.selected {
            let selected = self.summary.selected.get_or_insert_default();
            selected.of_conversations = self.summary.conversations;
            self.summary.conversations = numbers.count();
            // They are counted over all conversations.
            self.summary.listeners.clear();
        }
    }

    /// The end of a timeline, behind which file `next` begins another: what is
    /// open ends.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn end_timeline(&mut self, tracker: &mut Tracker, next: usize) -> io::Result<()> {
        self.end_what_is_open(tracker)?;
        self.evicted_before += tracker.evicted();
        for file in self.summary.captured.iter_mut().skip(next) {
            file.timeline += 1;
        }
        Ok(())
    }

    fn end_what_is_open(&mut self, tracker: &mut Tracker) -> io::Result<()> {
        let mut output = Output::default();
        while tracker.finish(&mut output) {
            self.outcome(&output)?;
        }
        self.outcome(&output)
    }

    /// So many packets were read before a filter.
    pub fn read(&mut self, packets: u64) {
        self.summary.read = Some(packets);
    }

    /// What is known of each file, at the end of the reading.
    pub fn read_files(&mut self, infos: Vec<FileInfo>) {
        self.summary.file_infos = infos;
    }

    /// The end: what is still open, and the sums. `faults`: how often
    /// something could not be read.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn finish(
        mut self,
        tracker: &mut Tracker,
        files: Vec<String>,
        faults: u64,
    ) -> io::Result<Summary> {
        self.end_what_is_open(tracker)?;
        self.summary.files = files;
        self.summary.faults = faults;
        self.take_sums(tracker);
        self.report.summary(&self.summary)?;
        self.report.flush()?;
        Ok(self.summary)
    }

    /// Flushes what has been written so far.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        self.report.flush()
    }

    /// Presents findings and ended conversations, whether a packet or the
    /// passing of time made them certain. Most packets have none.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn outcome(&mut self, output: &Output) -> io::Result<()> {
        let nothing = output.findings.is_empty()
            && output.ended.is_empty()
            && output.exchanges.is_empty()
            && output.sessions.is_empty()
            && output.visits.is_empty()
            && output.delivered.is_empty();
        match nothing {
            true => Ok(()),
            false => self.certain(output),
        }
    }

    // Without this and `may_show` out of line, `benches/instructions` counts a
    // fifth more for the summary of `web`.
    #[inline(never)]
    fn certain(&mut self, output: &Output) -> io::Result<()> {
        for exchange in &output.exchanges {
            self.exchange(exchange)?;
        }
        for session in &output.sessions {
            let number = Some(session.conversation);
            let is_new = session.established.is_some() && !session.is_over;
            if is_new
                && self.wants.exchanges
                && self.show.is_selected(number)
                && self.is_shown(number)
            {
                self.report.session(session)?;
            }
        }
        for visit in &output.visits {
            let is_its =
                |number: &u64| self.show.is_selected(Some(*number)) && self.is_shown(Some(*number));
            if visit.conversations.iter().any(is_its) {
                self.summary.visits += 1;
                if self.wants.exchanges {
                    self.report.visit(visit)?;
                }
            }
        }
        for delivered in &output.delivered {
            self.report.delivered(delivered)?;
        }
        for finding in &output.findings {
            if let Some(chooser) = &mut self.chooser {
                chooser.finding(finding);
            }
            if self.show.has_finding(finding) {
                self.finding(finding, output.tracked.clock_runs_for_ns)?;
            }
        }
        for conversation in &output.ended {
            let number = conversation.number;
            let first_ns = self.summary.first_ns;
            let chosen = match &mut self.chooser {
                Some(chooser) => chooser.ended(conversation, first_ns),
                None => true,
            };
            let counts = chosen && self.show.is_selected(Some(number));
            if let Some(session) = conversation.tls.as_ref().filter(|_| counts) {
                self.summary.tls.add(session);
            }
            let mut trouble = None;
            if let Some(digest) = &mut self.summary.digest {
                match counts {
                    true => trouble = digest.ended(conversation),
                    false => digest.forget(number),
                }
            }
            if counts && self.wants.conversations && self.is_shown(Some(number)) {
                self.report.conversation(&ConversationReport {
                    conversation,
                    trouble,
                })?;
            }
        }
        Ok(())
    }

    fn exchange(&mut self, exchange: &Exchange) -> io::Result<()> {
        let conversation = Some(exchange.conversation);
        if !self.show.is_selected(conversation) {
            return Ok(());
        }
        self.summary.exchanges.add(exchange);
        if let (Some(digest), Some(response), Some(wait_ns)) = (
            &mut self.summary.digest,
            &exchange.response,
            exchange.wait_ns(),
        ) {
            digest
                .strip
                .waited(Waits::Web, response.first.time_ns, wait_ns);
        }
        if !self.wants.exchanges || !self.is_shown(conversation) {
            return Ok(());
        }
        let scene = Scene {
            packet: None,
            tracked: None,
            lang: self.show.lang,
        };
        let told = exchange.events.iter();
        let told = told.filter(|event| self.show.kinds.has(notes::kind(event)));
        let annotations: Vec<_> = told.map(|event| notes::annotate(event, &scene)).collect();
        self.report.exchange(&ExchangeReport {
            exchange,
            annotations: &annotations,
        })
    }

    fn deserves_attention(&self, packet: &Packet<'_>, output: &Output) -> bool {
        let whole = whole(packet, &output.events);
        let scene = self.scene(whole.as_ref().unwrap_or(packet), output);
        output.events.iter().any(|event| {
            self.show.kinds.has(notes::kind(event))
                && notes::severity(event, &scene) > Severity::Note
        })
    }

    /// Counts what happened on a packet; if it is shown, what is said of that
    /// is added to the annotations.
    fn events(&mut self, packet: &Packet<'_>, output: &Output, shown: bool) {
        let whole = whole(packet, &output.events);
        let scene = self.scene(whole.as_ref().unwrap_or(packet), output);
        for event in &output.events {
            let kind = notes::kind(event);
            if self.show.kinds.has(kind) {
                self.event(kind, event, &scene, shown);
            }
        }
    }

    fn scene<'s>(&self, packet: &'s Packet<'s>, output: &'s Output) -> Scene<'s> {
        Scene {
            packet: Some(packet),
            tracked: Some(&output.tracked),
            lang: self.show.lang,
        }
    }

    fn event(&mut self, kind: Kind, event: &Event, scene: &Scene<'_>, shown: bool) {
        let textless = self.wants.textless;
        let annotation = shown.then(|| match textless {
            true => notes::annotate_without_text(event, scene),
            false => notes::annotate(event, scene),
        });
        let severity = match &annotation {
            Some(annotation) => annotation.severity,
            None => notes::severity_of(kind, event, scene),
        };
        let row = self.summary.count(kind, severity);
        if notes::is_told_beside(event) {
            row.explain(1);
        } else if severity > Severity::Note {
            if row.wants_places() {
                row.add_places(scene.packet.map(|packet| packet.frame.number));
            }
            if row.example.is_none() && self.wants.groups {
                let told = annotation.as_ref().filter(|_| !textless);
                let text = told.map(|annotation| annotation.text.clone());
                row.example = text.or_else(|| Some(notes::annotate(event, scene).text));
                row.conversation = scene.tracked.and_then(|tracked| tracked.conversation);
            }
        }
        if let Some(digest) = &mut self.summary.digest {
            let found = Found {
                conversation: scene.tracked.and_then(|tracked| tracked.conversation),
                packet: scene.packet.map(|packet| packet.frame.number),
                time_ns: scene.packet.map(|packet| packet.frame.time_ns),
            };
            let said = |lang| match &annotation {
                Some(annotation) if lang == scene.lang && !textless => annotation.clone(),
                _ => notes::annotate(event, &Scene { lang, ..*scene }),
            };
            digest.event(kind, severity, event, found, said);
        }
        if let Some(annotation) = annotation {
            self.annotations.push(annotation);
        }
    }

    fn finding(&mut self, finding: &Finding, clock_runs_for_ns: Option<u64>) -> io::Result<()> {
        let tracked = Tracked {
            clock_runs_for_ns,
            ..Tracked::default()
        };
        let scene = Scene {
            packet: None,
            tracked: Some(&tracked),
            lang: self.show.lang,
        };
        let shown = self.wants.findings && self.is_shown(finding.conversation);
        let kind = notes::kind(&finding.event);
        let severity = notes::severity(&finding.event, &scene);
        for (kind, count) in notes::explained(&finding.event) {
            self.summary.explain(kind, count);
            if let Some(digest) = &mut self.summary.digest {
                digest.explain(kind, count);
            }
        }
        if let Some(digest) = &mut self.summary.digest {
            let found = Found {
                conversation: finding.conversation,
                packet: None,
                time_ns: None,
            };
            let said = |lang| notes::annotate(&finding.event, &Scene { lang, ..scene });
            digest.event(kind, severity, &finding.event, found, said);
        }
        let row = self.summary.count(kind, severity);
        let placed = row.wants_places();
        if !shown && !placed {
            return Ok(());
        }
        let annotation = notes::annotate(&finding.event, &scene);
        if placed {
            row.add_places(annotation.related.iter().copied());
            if row.example.is_none() {
                row.example = Some(annotation.text.clone());
                row.conversation = finding.conversation;
            }
        }
        if shown {
            self.report.finding(&FindingReport {
                conversation: finding.conversation,
                annotation: &annotation,
                finding,
                clock_runs_for_ns,
            })?;
        }
        Ok(())
    }

    fn is_shown(&self, conversation: Option<u64>) -> bool {
        self.show.has_conversation(conversation)
    }
}

/// What is said of one packet as far as it is of these kinds, in the order of
/// records.
#[must_use]
pub fn annotations(
    packet: &Packet<'_>,
    output: &Output,
    kinds: &Kinds,
    lang: Lang,
) -> Vec<Annotation> {
    let whole = whole(packet, &output.events);
    let told = whole.as_ref().unwrap_or(packet);
    let scene = Scene {
        packet: Some(told),
        tracked: Some(&output.tracked),
        lang,
    };
    let chosen = |event: &&Event| kinds.has(notes::kind(event));
    let events = output.events.iter().filter(chosen);
    let mut found: Vec<_> = events.map(|event| notes::annotate(event, &scene)).collect();
    sort(&mut found, told);
    found
}

/// The datagram that a packet made whole, as the last of its fragments.
#[must_use]
pub fn whole<'a>(packet: &Packet<'a>, events: &'a [Event]) -> Option<Packet<'a>> {
    packet.fragment?;
    let datagram = events.iter().rev().find_map(Event::as_datagram)?;
    Some(datagram.packet(&packet.frame))
}

/// Outermost layer first, then by kind.
pub(super) fn sort(annotations: &mut [Annotation], packet: &Packet<'_>) {
    annotations.sort_by_key(|annotation| (depth(annotation.kind, packet), annotation.kind.name()));
}

/// Whether it tells of HTTP.
fn is_above_transport(kind: Kind) -> bool {
    let family = kind.name().split('.').next();
    matches!(
        family,
        Some("http" | "cookie" | "token" | "cors" | "tls" | "websocket" | "sse")
    )
}

/// The place in the packet of the layer that a kind is about: what is about the
/// packet as a whole comes first.
fn depth(kind: Kind, packet: &Packet<'_>) -> usize {
    let is_about = |protocol: Protocol| match kind.name().split('.').next() {
        Some("tcp" | "stream") => protocol == Protocol::Tcp,
        Some("udp") => protocol == Protocol::Udp,
        Some("arp") => protocol == Protocol::Arp,
        Some("icmp") => matches!(protocol, Protocol::Icmp | Protocol::Icmpv6),
        Some("ndp") => protocol == Protocol::Icmpv6,
        Some("ip" | "ipv4") => matches!(protocol, Protocol::Ipv4 | Protocol::Ipv6),
        Some("dns") => matches!(protocol, Protocol::Dns | Protocol::Mdns | Protocol::Llmnr),
        Some("dhcp") => matches!(protocol, Protocol::Dhcp | Protocol::Dhcpv6),
        _ => false,
    };
    match kind {
        // The place where the decoding stopped is behind everything that was
        // read.
        Kind::Malformed => usize::MAX,
        // What is read of a stream stands behind its segment's headers.
        _ if is_above_transport(kind) => packet.layers.len() + 1,
        _ => packet
            .layers
            .iter()
            .rposition(|layer| is_about(layer.protocol))
            .map_or(0, |position| position + 1),
    }
}
