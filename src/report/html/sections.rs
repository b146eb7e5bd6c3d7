//! The page's sections, each in the language that is asked for.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::notes::{link, notes};
use super::{Close, Page, code, generator};
use crate::escape::escape;
use crate::notes::{Annotation, Check, Kind, Lang, Severity, protocol_name, units};
use crate::report::digest::{Digest, Group, Place};
use crate::report::graph::{Around, Graph, GraphKind, caption, ladder, svg, title};
use crate::report::numbers::{grouped, percent};
use crate::report::style::{Style, sign};
use crate::report::text::annotation::{Base, check_line};
use crate::report::text::first_screen::{facts, sentence, trouble};
use crate::report::text::summary::not_read;
use crate::report::text::when::date;
use crate::report::visits::bars;
use crate::report::words::Words;
use crate::track::{Phase, Side, Visit};

/// Columns of the strip over time, which is as many as the strip has buckets.
const STRIP: usize = 128;

/// Its picture.
const STRIP_WIDTH: u64 = 1024;
const STRIP_HEIGHT: u64 = 60;

/// The picture of a visit.
const BARS_WIDTH: u64 = 900;
const BARS_FROM: u64 = 170;
const BARS_TO: u64 = 560;
const BAR: u64 = 22;

/// So many things that were not read are named.
const NOT_READ: usize = 20;

/// So many packet numbers are named behind a remark.
const RELATED: usize = 12;

impl Page<'_> {
    /// All of the page in this language.
    pub(super) fn sections(&self, lang: Lang) -> Markup {
        let sections = [
            ("time", lang.pick("Over time", "随时间"), self.strip(lang)),
            (
                "problems",
                lang.pick("What happened, place by place", "发生了什么，按地点"),
                self.problems(lang),
            ),
            (
                "conversations",
                lang.pick("Conversations", "会话"),
                self.conversations(lang),
            ),
            (
                "close",
                lang.pick(
                    "From near: the ones that fared worst",
                    "细看：情况最差的会话",
                ),
                self.close_ups(lang),
            ),
            ("visits", lang.pick("Visits", "访问"), self.visits(lang)),
            (
                "layers",
                lang.pick("Bytes by layer", "各层字节"),
                Some(self.layers(lang)),
            ),
            (
                "limits",
                lang.pick("What the recording cannot know", "抓包无从得知的"),
                Some(self.limits(lang)),
            ),
            ("notes", lang.pick("Notes", "笔记"), self.notes(lang)),
            (
                "made",
                lang.pick("How this page was made", "本页如何得来"),
                Some(self.made(lang)),
            ),
        ];
        let id = |name: &str| format!("{}-{name}", code(lang));
        html! {
            (self.verdict(lang))
            nav aria-label=(lang.pick("Sections", "目录")) {
                @for (name, title, section) in &sections {
                    @if section.is_some() { a href=(format!("#{}", id(name))) { (title) } }
                }
            }
            @for (name, title, section) in &sections {
                @if let Some(section) = section {
                    section id=(id(name)) {
                        h2 { (title) }
                        (section)
                    }
                }
            }
        }
    }

    fn digest(&self) -> Option<&Digest> {
        self.gathered.summary.digest.as_deref()
    }

    fn groups(&self) -> Vec<&Group> {
        self.digest().map_or_else(Vec::new, Digest::groups)
    }

    /// Three lines: what was read, the worst of it, and how far that goes.
    fn verdict(&self, lang: Lang) -> Markup {
        let summary = &self.gathered.summary;
        let words = Words(lang);
        let comma = lang.pick(", ", "，");
        let mut read = vec![
            words.count_packets_of(summary),
            units::bytes(summary.bytes),
            words.count_conversations(summary.conversations),
        ];
        if let (Some(first), Some(last)) = (summary.first_ns, summary.last_ns) {
            let lasted = units::duration(last.saturating_sub(first));
            let start = date(first);
            let start = start.split('.').next().unwrap_or_default();
            read.push(match lang {
                Lang::En => format!("{lasted} from {start} UTC"),
                Lang::Zh => format!("自 {start}（UTC）起 {lasted}"),
            });
        }
        let groups = self.groups();
        let worst = groups.first();
        let class = match worst.map(|group| group.severity) {
            Some(Severity::Error) => "verdict error",
            Some(Severity::Warning) => "verdict warning",
            _ => "verdict",
        };
        let said = match (worst, self.digest()) {
            (Some(group), Some(digest)) => {
                let mut said = sentence(group, digest, lang);
                said.push_str(lang.pick(".", "。"));
                said
            }
            _ if summary.packets == 0 => lang
                .pick("Nothing was read.", "什么也没有读到。")
                .to_owned(),
            _ if summary.is_mostly_not_followed() => {
                words.mostly_not_read(summary.not_followed, summary.packets)
            }
            _ => lang
                .pick("Nothing deserves attention.", "没有值得注意的问题。")
                .to_owned(),
        };
        html! {
            div class=(class) {
                p { (read.join(comma)) }
                p { (escape(&said)) }
                p { (escape(&self.reach(groups.len(), lang))) }
            }
        }
    }

    /// How many conversations are hit, and what is in order.
    fn reach(&self, groups: usize, lang: Lang) -> String {
        let Some(digest) = self.digest() else {
            return String::new();
        };
        let mut parts = Vec::new();
        let all = self.gathered.summary.conversations;
        let (hit, of) = (grouped(digest.troubled()), grouped(all));
        if digest.troubled() > 0 {
            parts.push(match lang {
                Lang::En if all == 1 => "The only conversation is hit".to_owned(),
                Lang::En => format!("{hit} of {of} conversations are hit"),
                Lang::Zh => format!("{of} 个会话中有 {hit} 个受影响"),
            });
        }
        if groups > 1 {
            let others = groups - 1;
            parts.push(match (lang, others) {
                (Lang::En, 1) => "1 other thing deserves attention".to_owned(),
                (Lang::En, _) => format!("{others} other things deserve attention"),
                (Lang::Zh, _) => format!("另有 {others} 类问题值得注意"),
            });
        }
        let health = &digest.health;
        if health.asked > 0 {
            let (opened, asked) = (grouped(health.opened), grouped(health.asked));
            parts.push(match lang {
                Lang::En => format!("{opened} of {asked} handshakes were completed"),
                Lang::Zh => format!("{asked} 次握手中完成 {opened} 次"),
            });
        }
        if parts.is_empty() {
            return String::new();
        }
        format!(
            "{}{}",
            parts.join(lang.pick("; ", "；")),
            lang.pick(".", "。")
        )
    }

    /// Bytes over time, and conversations open at once.
    fn strip(&self, lang: Lang) -> Option<Markup> {
        let strip = &self.digest()?.strip;
        let (bytes, open) = (strip.bytes(STRIP), strip.open(STRIP));
        if bytes.len() < 2 {
            return None;
        }
        let most = open.iter().copied().max().unwrap_or(0);
        let all = units::bytes(self.gathered.summary.bytes);
        let bytes_said = match lang {
            Lang::En => format!("Bytes: {all} in all"),
            Lang::Zh => format!("字节：共 {all}"),
        };
        let most_said = match lang {
            Lang::En => format!("Conversations open at once: {} at most", grouped(most)),
            Lang::Zh => format!("同时打开的会话：最多 {} 个", grouped(most)),
        };
        Some(html! {
            (columns(&bytes, "#1f5fa8", &bytes_said))
            (columns(&open, "#2b7a3d", &most_said))
        })
    }

    /// The groups, by the host or listener that they are about.
    fn problems(&self, lang: Lang) -> Option<Markup> {
        let digest = self.digest()?;
        let groups = self.groups();
        if groups.is_empty() {
            return None;
        }
        let mut places: Vec<(Option<Place>, Vec<&Group>)> = Vec::new();
        for group in groups {
            let all = group.conversations.max(group.times);
            let main = group.main_place();
            let place = main.filter(|(_, hit)| hit * 2 > all || *hit == group.conversations);
            let place = place.map(|(place, _)| place);
            match places.iter_mut().find(|(known, _)| *known == place) {
                Some((_, of_place)) => of_place.push(group),
                None => places.push((place, vec![group])),
            }
        }
        Some(html! {
            @for (place, groups) in &places {
                h3 { (place_name(*place, lang)) }
                @for group in groups { (problem(group, digest, lang)) }
            }
        })
    }

    fn conversations(&self, lang: Lang) -> Option<Markup> {
        let rows = &self.gathered.rows;
        if rows.is_empty() {
            return None;
        }
        let words = Words(lang);
        let more = self.gathered.all_rows.saturating_sub(rows.len() as u64);
        let heads = [
            (words.number(), true),
            (words.client(), false),
            (words.server(), false),
            (lang.pick("lasted", "时长"), true),
            (words.packets(), true),
            (words.bytes(), true),
            (words.again(), true),
            ("RTT", true),
            (lang.pick("wait", "等待"), true),
            (lang.pick("what", "情况"), false),
        ];
        let none = || "–".to_owned();
        let time = |ns: Option<u64>| ns.map_or_else(none, units::duration);
        let end =
            |end: &Option<crate::track::Endpoint>| end.map_or_else(none, |end| end.to_string());
        Some(html! {
            p.soft {
                (lang.pick(
                    "The worst first; a click on a head sorts by it.",
                    "情况最差的在前；点击表头按该列排序。",
                ))
            }
            div.wide {
                table.sortable {
                    thead {
                        tr {
                            @for (head, is_number) in heads {
                                th class=[is_number.then_some("number")] scope="col" {
                                    button type="button" { (head) }
                                }
                            }
                        }
                    }
                    tbody {
                        @for row in rows {
                            tr {
                                td.number data-value=(row.number) {
                                    @if self.is_close(row.number) {
                                        a href=(format!("#{}", close_id(row.number, lang))) {
                                            (row.number)
                                        }
                                    } @else { (row.number) }
                                }
                                td { (end(&row.ends[0])) }
                                td { (end(&row.ends[1])) }
                                td.number data-value=(row.duration_ns.unwrap_or(0)) {
                                    (time(row.duration_ns))
                                }
                                td.number data-value=(row.packets) { (grouped(row.packets)) }
                                td.number data-value=(row.bytes) { (units::bytes(row.bytes)) }
                                td.number data-value=(row.sent_again.unwrap_or(0)) {
                                    (row.sent_again.map_or_else(none, grouped))
                                }
                                td.number data-value=(row.round_trip_ns.unwrap_or(0)) {
                                    (time(row.round_trip_ns))
                                }
                                td.number data-value=(row.wait_ns.unwrap_or(0)) {
                                    (time(row.wait_ns))
                                }
                                td.words { (escape(row.what(lang))) }
                            }
                        }
                    }
                }
            }
            @if more > 0 { p.soft { (words.and_more(more as usize)) } }
        })
    }

    fn is_close(&self, number: u64) -> bool {
        self.close
            .iter()
            .any(|close| close.told.conversation.number == number)
    }

    /// Graph and ladder of those that fared worst.
    fn close_ups(&self, lang: Lang) -> Option<Markup> {
        (!self.close.is_empty()).then(|| {
            html! {
                @for close in self.close { (self.close_up(close, lang)) }
            }
        })
    }

    fn close_up(&self, close: &Close, lang: Lang) -> Markup {
        let it = &close.told.conversation;
        let words = Words(lang);
        let number = it.number;
        let name = format!("{} {number}", words.conversation());
        let end = |end: Option<crate::track::Endpoint>| {
            end.map_or_else(|| "–".to_owned(), |end| end.to_string())
        };
        let heading = format!("{name} · {} → {}", end(it.client), end(it.server));
        let troubled = close.told.trouble;
        let troubled = troubled.map(|of| trouble(&of, lang, Style::default()));
        let missing = it.packets().saturating_sub(close.packets);
        let points = close.points(lang);
        let side = points.main_side();
        let kind = GraphKind::Sequence;
        let has_data = points.unique[Side::Client] + points.unique[Side::Server] > 0;
        let graph = Graph::of(points, kind, side).filter(|_| has_data);
        let whole = (missing == 0).then_some(it);
        html! {
            article id=(close_id(number, lang)) {
                h3 { (heading) }
                @if let Some(troubled) = troubled { p { (escape(&troubled)) } }
                @if missing > 0 { p.soft { (begins_only(close.packets, it.packets(), lang)) } }
                @if let Some(graph) = &graph {
                    @let title = title(kind, side, lang);
                    figure.wide {
                        (svg(graph, points, &Around { title: &title, caption: &[], lang }))
                    }
                    ul.caption {
                        @for said in caption(points, kind, side, whole, lang) { li { (said) } }
                    }
                }
                figure.wide { (ladder(&close.rungs, &name, lang)) }
                (remarks(close, lang))
            }
        }
    }

    fn visits(&self, lang: Lang) -> Option<Markup> {
        let visits = &self.gathered.visits;
        if visits.is_empty() {
            return None;
        }
        let more = self.gathered.more_visits;
        Some(html! {
            @for visit in visits { (visit_bars(visit, lang)) }
            @if more > 0 { p.soft { (Words(lang).and_more(more as usize)) } }
        })
    }

    fn layers(&self, lang: Lang) -> Markup {
        let summary = &self.gathered.summary;
        let mut rows: Vec<(String, u64)> = summary
            .overhead()
            .0
            .iter()
            .map(|(protocol, bytes)| (protocol_name(*protocol, lang).to_owned(), *bytes))
            .collect();
        rows.push((Words(lang).payload().to_owned(), summary.payload));
        if summary.padding > 0 {
            rows.push((Words(lang).padding().to_owned(), summary.padding));
        }
        let most = rows.iter().map(|(_, bytes)| *bytes).max().unwrap_or(0);
        html! {
            div.wide {
                table {
                    thead {
                        tr {
                            th scope="col" { (lang.pick("layer", "层")) }
                            th.number scope="col" { (lang.pick("bytes", "字节")) }
                            th.number scope="col" { (lang.pick("share", "占比")) }
                            th scope="col" { (lang.pick("to scale", "按比例")) }
                        }
                    }
                    tbody {
                        @for (name, bytes) in &rows {
                            tr {
                                td { (name) }
                                td.number { (grouped(*bytes)) }
                                td.number { (percent(*bytes, summary.bytes)) }
                                td { (bar(*bytes, most)) }
                            }
                        }
                    }
                }
            }
        }
    }

    /// What is said of the recording, and what was not read or given up.
    fn limits(&self, lang: Lang) -> Markup {
        let summary = &self.gathered.summary;
        let words = Words(lang);
        let own = |both: &[Annotation; 2]| {
            let [en, zh] = both;
            lang.pick(en, zh).clone()
        };
        let of_recording = self.gathered.findings.iter().map(own);
        let of_recording = of_recording.filter(|said| said.kind.name().starts_with("capture."));
        let said: Vec<Annotation> = of_recording.collect();
        let mut others = Vec::new();
        others.extend(not_read(summary, words, NOT_READ));
        if summary.evicted.total() > 0 {
            others.push(words.evicted(&summary.evicted));
        }
        if let Some(read) = summary.read {
            others.push(words.passed(summary.packets, read));
        }
        if summary.faults > 0 {
            let faults = grouped(summary.faults);
            others.push(match lang {
                Lang::En => format!("{faults} times something could not be read."),
                Lang::Zh => format!("有 {faults} 处无法读取。"),
            });
        }
        let always = lang.pick(
            "A recording shows what passed the place where it was made, and when it passed there: \
             not what programs meant, nor what was lost before it, nor how long a host waited for \
             its own disk. What is inferred and not seen carries a question mark in the ladders.",
            "抓包只显示经过抓包位置的内容及其经过的时间：看不到程序的意图，看不到在此之前丢失的\
             报文，也看不到主机等待自己磁盘的时间。梯形图中带问号的状态是推断而非亲见。",
        );
        html! {
            p { (always) }
            ul.said {
                @for said in &said { li { (one_remark(said, lang)) } }
                @for said in &others { li { (escape(said)) } }
            }
        }
    }

    /// The topics of all kinds that the page names.
    fn topics(&self) -> BTreeSet<&'static str> {
        let groups = self.groups().into_iter().map(|group| group.kind);
        let findings = self.gathered.findings.iter().map(|[one, _]| one.kind);
        let close = self.close.iter().flat_map(|close| {
            let rungs = close.rungs.drawn().flat_map(|rung| rung.said(Lang::En));
            let findings = close.told.findings.iter().map(|[one, _]| one);
            rungs.chain(findings).map(|said| said.kind)
        });
        let kinds = groups.chain(findings).chain(close);
        kinds.map(Kind::topic).collect()
    }

    fn notes(&self, lang: Lang) -> Option<Markup> {
        let topics = self.topics();
        (!topics.is_empty()).then(|| notes(&topics, lang))
    }

    fn made(&self, lang: Lang) -> Markup {
        let provenance = self.provenance;
        html! {
            dl {
                dt { (lang.pick("command", "命令")) }
                dd { code { (escape(&provenance.command)) } }
                dt { (lang.pick("version", "版本")) }
                dd { (generator()) }
                @for input in &provenance.files {
                    dt { (lang.pick("file", "文件")) }
                    dd {
                        (escape(&input.name)) " · " (units::bytes(input.bytes))
                        @if let Some(sum) = &input.sha256 { br; code { "SHA-256 " (sum) } }
                    }
                }
            }
            p.soft {
                (lang.pick(
                    "Values of cookies, passwords and tokens, and payload, are left out unless \
                     they were asked for.",
                    "除非特别要求，cookie、口令和令牌的值以及数据内容都不写入本页。",
                ))
            }
        }
    }
}

fn close_id(number: u64, lang: Lang) -> String {
    format!("{}-conversation-{number}", code(lang))
}

/// Columns as high as their numbers.
fn columns(numbers: &[u64], colour: &str, said: &str) -> Markup {
    let most = numbers.iter().copied().max().unwrap_or(0).max(1);
    let each = STRIP_WIDTH as f64 / numbers.len().max(1) as f64;
    let mut path = String::new();
    for (place, number) in numbers.iter().enumerate() {
        let height = STRIP_HEIGHT as f64 * (*number as f64 / most as f64);
        let height = if *number > 0 { height.max(1.0) } else { 0.0 };
        let (x, top) = (place as f64 * each, STRIP_HEIGHT as f64 - height);
        path.push_str(&format!(
            "M{x:.1} {STRIP_HEIGHT}V{top:.1}h{:.1}V{STRIP_HEIGHT}z",
            (each - 0.5).max(0.5)
        ));
    }
    html! {
        p { (said) }
        div.wide {
            svg viewBox=(format!("0 0 {STRIP_WIDTH} {STRIP_HEIGHT}")) width=(STRIP_WIDTH)
                height=(STRIP_HEIGHT) role="img" aria-label=(said) {
                path d=(path) fill=(colour) {}
            }
        }
    }
}

fn bar(part: u64, whole: u64) -> Markup {
    let width = (u128::from(part) * 300 / u128::from(whole.max(1))) as u64;
    html! {
        svg viewBox="0 0 300 12" width="300" height="12" aria-hidden="true" {
            rect width=(width) height="12" fill="#1f5fa8" {}
        }
    }
}

fn place_name(place: Option<Place>, lang: Lang) -> String {
    match place {
        Some(place @ Place::Listener(_)) => match lang {
            Lang::En => format!("At {place}"),
            Lang::Zh => format!("{place}"),
        },
        Some(place @ Place::Client(_)) => match lang {
            Lang::En => format!("From the client {place}"),
            Lang::Zh => format!("客户端 {place}"),
        },
        None => lang
            .pick("At several places, or at none", "多处，或不属于某一处")
            .to_owned(),
    }
}

const fn class(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "remark",
        Severity::Warning => "remark warning",
        Severity::Error => "remark error",
    }
}

/// A group: what it is, more of it, and how that is known.
fn problem(group: &Group, digest: &Digest, lang: Lang) -> Markup {
    let facts = facts(group, digest, lang).join(lang.pick("; ", "；"));
    let example = group.typical();
    let which = example.and_then(
        |example| match (example.packet, example.conversation, lang) {
            (Some(packet), _, Lang::En) => Some(format!("packet {packet}: ")),
            (Some(packet), _, Lang::Zh) => Some(format!("报文 {packet}：")),
            (None, Some(number), Lang::En) => Some(format!("conversation {number}: ")),
            (None, Some(number), Lang::Zh) => Some(format!("会话 {number}：")),
            (None, None, _) => None,
        },
    );
    html! {
        div class=(class(group.severity)) {
            h4 { (sign(group.severity)) " " (escape(&sentence(group, digest, lang))) }
            @if !facts.is_empty() { p.facts { (escape(&facts)) (lang.pick(".", "。")) } }
            @if let Some(example) = example {
                details.how open {
                    summary { (lang.pick("How we know", "如何得知")) }
                    ul {
                        li {
                            (which.unwrap_or_default()) (escape(example.text(lang)))
                            (checks(&example.checks, lang))
                        }
                        @if !example.related.is_empty() {
                            li { (related(&example.related, lang)) }
                        }
                    }
                }
            }
            p { (lang.pick("Note: ", "笔记：")) (link(group.kind, lang)) }
        }
    }
}

fn related(packets: &[u64], lang: Lang) -> String {
    let shown = packets
        .get(..packets.len().min(RELATED))
        .unwrap_or_default();
    let numbers: Vec<String> = shown.iter().map(ToString::to_string).collect();
    let numbers = numbers.join(lang.pick(", ", "、"));
    match lang {
        Lang::En => format!("Packets that show it: {numbers}"),
        Lang::Zh => format!("可见于报文 {numbers}"),
    }
}

fn checks(checks: &[Check], lang: Lang) -> Markup {
    html! {
        @for check in checks {
            span class=(if check.holds == Some(false) { "check fails" } else { "check" }) {
                (escape(&check_line(check, Words(lang), Style::default(), Base::Decimal)))
            }
        }
    }
}

fn one_remark(said: &Annotation, lang: Lang) -> Markup {
    html! {
        (sign(said.severity)) " " (link(said.kind, lang)) " " (escape(&said.text))
        (checks(&said.checks, lang))
    }
}

fn begins_only(packets: u64, all: u64, lang: Lang) -> String {
    let (packets, all) = (grouped(packets), grouped(all));
    match lang {
        Lang::En => format!("The first {packets} of its {all} packets are shown."),
        Lang::Zh => format!("只显示其 {all} 个报文中的前 {packets} 个。"),
    }
}

/// What is said of a conversation: as a whole, then of its packets, each kind where
/// it comes first among those that are drawn.
fn remarks(close: &Close, lang: Lang) -> Markup {
    let own = |both: &[Annotation; 2]| {
        let [en, zh] = both;
        lang.pick(en, zh).clone()
    };
    let findings: Vec<Annotation> = close.told.findings.iter().map(own).collect();
    let mut told: Vec<Kind> = Vec::new();
    let mut packets: Vec<(u64, &Annotation)> = Vec::new();
    for rung in close.rungs.drawn() {
        for said in rung.said(lang) {
            let fails = said.checks.iter().any(|check| check.holds == Some(false));
            if fails || !told.contains(&said.kind) {
                told.push(said.kind);
                packets.push((rung.packet(), said));
            }
        }
    }
    let packet = |number: u64| match lang {
        Lang::En => format!("Packet {number}: "),
        Lang::Zh => format!("报文 {number}："),
    };
    html! {
        details {
            summary {
                (lang.pick(
                    "What is said of it, each kind where it comes first",
                    "对它的讲解，每种只列首次出现的",
                ))
            }
            ul.said {
                @for said in &findings { li { (one_remark(said, lang)) } }
                @for (number, said) in &packets {
                    li { (packet(*number)) (one_remark(said, lang)) }
                }
            }
        }
    }
}

/// The phases of a visit as bars to one scale.
fn visit_bars(visit: &Visit, lang: Lang) -> Markup {
    let start_ns = visit.phases.iter().map(|phase| phase.start.time_ns).min();
    let start_ns = start_ns.unwrap_or_default();
    let x = |ns: u64| {
        let since = u128::from(ns.saturating_sub(start_ns));
        let room = u128::from(BARS_TO - BARS_FROM);
        BARS_FROM + (since * room / u128::from(visit.total_ns.max(1))) as u64
    };
    let height = BAR * visit.phases.len() as u64 + 6;
    let heading = match lang {
        Lang::En => format!("Visit {} · {}", visit.number, visit.name),
        Lang::Zh => format!("访问 {} · {}", visit.number, visit.name),
    };
    let asked = visit.asked.as_ref().map(|(method, target)| {
        let status = visit.status.map(|status| format!(" → {status}"));
        format!("{method} {target}{}", status.unwrap_or_default())
    });
    let said = |phase: &Phase| bars::said(phase, visit, Words(lang));
    html! {
        article {
            h3 { (escape(&heading)) }
            @if let Some(asked) = asked { p.kind { (escape(&asked)) } }
            div.wide {
                svg viewBox=(format!("0 0 {BARS_WIDTH} {height}")) width=(BARS_WIDTH)
                    height=(height) role="img" aria-label=(escape(&heading)) font-size="13" {
                    @for (row, phase) in visit.phases.iter().enumerate() {
                        @let y = BAR * row as u64 + 4;
                        @let (from, to) = (x(phase.start.time_ns), x(phase.end.time_ns));
                        g data-packet=(phase.start.packet) {
                            title { (escape(&said(phase))) }
                            text x="0" y=(y + 13) { (bars::phase_name(phase.name, lang)) }
                            text x=(BARS_FROM - 10) y=(y + 13) text-anchor="end" {
                                (units::duration(phase.took_ns()))
                            }
                            rect x=(from.min(BARS_TO - 2)) y=(y) height="16" fill="#1f5fa8"
                                width=(to.saturating_sub(from).max(2)) {}
                            text x=(BARS_TO + 12) y=(y + 13) fill="#5a6169" { (escape(&said(phase))) }
                        }
                    }
                }
            }
            p.soft { (escape(&bars::sum(visit, lang))) }
        }
    }
}
