//! The words for a scan: who tried what, how fast, and what was found.

use crate::notes::units::{duration, per_second};
use crate::notes::wording::{counted_en, list, packets};
use crate::notes::{Lang, Note, Scene};
use crate::track::Scan;

pub fn scan(event: &Scan, _: &Scene, note: &mut Note) {
    let Scan {
        source,
        targets,
        hosts,
        ports,
        open,
        refused,
        rejected,
        silent,
        during_ns,
        ..
    } = *event;
    let rate = per_second(targets, during_ns);
    let open_targets: Vec<String> = event.open_targets.iter().map(ToString::to_string).collect();
    note.value("source", source.to_string())
        .value("targets", targets)
        .value("hosts", hosts)
        .value("ports", ports)
        .value("host", event.host.map(|host| host.to_string()))
        .value("port", event.port)
        .value("open", open)
        .value("refused", refused)
        .value("rejected", rejected)
        .value("silent", silent)
        .value("abandoned", event.beside.abandoned)
        .value("open_targets", open_targets)
        .value("during_ns", during_ns)
        .value("per_second", rate)
        .value("examples", event.examples.clone())
        .related(event.examples.iter().copied());
    note.say(|| tried_en(event, rate), || tried_zh(event, rate));
    note.say(
        || {
            "Whoever scans looks for what listens: an inventory or a security check does, and so \
             does an intruder before the attack. What follows from it, the refused, rejected, \
             unanswered and abandoned handshakes, is counted here."
                .to_owned()
        },
        || {
            "扫描是在寻找有程序监听的端口：资产清点和安全检查会这样做，入侵者动手之前也会。\
             由此产生的被拒绝、被 ICMP 差错拒绝、无人应答和被放弃的握手都算在这里。"
                .to_owned()
        },
    );
}

fn tried_en(event: &Scan, rate: Option<u64>) -> String {
    let (hosts, ports) = (event.hosts, event.ports);
    let what = match (event.host, event.port) {
        (Some(host), _) => format!("{} of {host}", counted_en(ports, "port")),
        (None, Some(port)) => format!("{} on port {port}", counted_en(hosts, "host")),
        (None, None) => format!(
            "{} on {}, {} in all",
            counted_en(ports, "port"),
            counted_en(hosts, "host"),
            counted_en(event.targets, "target")
        ),
    };
    let speed = rate.map_or_else(String::new, |rate| format!(", some {rate} a second"));
    let open = match event.open_targets.as_slice() {
        [] => "none open".to_owned(),
        shown if shown.len() as u64 == event.open => {
            format!("{} open ({})", event.open, list(shown, Lang::En))
        }
        shown => format!("{} open (among them {})", event.open, list(shown, Lang::En)),
    };
    let rejected = match event.rejected {
        0 => String::new(),
        rejected => format!(", {rejected} rejected by an ICMP error"),
    };
    let abandoned = match event.beside.abandoned {
        0 => String::new(),
        1 => " It abandoned 1 of the handshakes with a RST instead of the third step, as a \
              half-open scan does."
            .to_owned(),
        many => format!(
            " It abandoned {many} of the handshakes with a RST instead of the third step, as a \
             half-open scan does."
        ),
    };
    format!(
        "The host {} tried {what} within {}{speed}: {open}, {} refused (RST){rejected}, {} silent (the \
         first: {}).{abandoned}",
        event.source,
        duration(event.during_ns),
        event.refused,
        event.silent,
        packets(&event.examples, Lang::En)
    )
}

fn tried_zh(event: &Scan, rate: Option<u64>) -> String {
    let (hosts, ports) = (event.hosts, event.ports);
    let what = match (event.host, event.port) {
        (Some(host), _) => format!("{host} 的 {ports} 个端口"),
        (None, Some(port)) => format!("{hosts} 台主机的端口 {port}"),
        (None, None) => format!(
            "{hosts} 台主机的 {ports} 个端口（共 {} 个目标）",
            event.targets
        ),
    };
    let speed = rate.map_or_else(String::new, |rate| format!("，约每秒 {rate} 个"));
    let open = match event.open_targets.as_slice() {
        [] => "没有一个开放".to_owned(),
        shown if shown.len() as u64 == event.open => {
            format!("{} 个开放（{}）", event.open, list(shown, Lang::Zh))
        }
        shown => format!("{} 个开放（其中有 {}）", event.open, list(shown, Lang::Zh)),
    };
    let rejected = match event.rejected {
        0 => String::new(),
        rejected => format!("，{rejected} 个被 ICMP 差错拒绝"),
    };
    let abandoned = match event.beside.abandoned {
        0 => String::new(),
        many => format!("其中 {many} 个握手没有第三步，而是用 RST 放弃，半开扫描就是这样做的。"),
    };
    format!(
        "主机 {} 在 {} 内探测了 {what}{speed}：{open}，{} 个被拒绝（RST）{rejected}，{} 个没有应答（\
         开头的几个：{}）。{abandoned}",
        event.source,
        duration(event.during_ns),
        event.refused,
        event.silent,
        packets(&event.examples, Lang::Zh)
    )
}
