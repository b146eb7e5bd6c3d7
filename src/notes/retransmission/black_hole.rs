//! The words for loss that depends on size: a path MTU black hole (RFC 2923).

use crate::notes::units::duration;
use crate::notes::wording::{bytes_en, counted_en, packets};
use crate::notes::{Lang, Note, Scene};
use crate::track::PathMtuBlackHole;

pub fn black_hole(event: &PathMtuBlackHole, _: &Scene, note: &mut Note) {
    note.value("side", event.side.name())
        .value("endpoint", event.endpoint.to_string())
        .value("peer", event.peer.to_string())
        .value("size", event.size)
        .value("passes", event.passes)
        .value("again", event.again)
        .value("during_ns", event.during_ns)
        .value("icmp_errors", event.errors)
        .value(
            "reporter",
            event.reporter.map(|reporter| reporter.to_string()),
        )
        .value("mtu", event.mtu)
        .related(event.packets.iter().copied())
        .related(event.error_packets.iter().copied());
    note.say(|| english(event), || chinese(event));
}

fn english(event: &PathMtuBlackHole) -> String {
    let (endpoint, peer, size) = (event.endpoint, event.peer, event.size);
    let passes = match event.passes {
        0 => "while what carries no data passes".to_owned(),
        most => format!("while up to {most} bytes pass"),
    };
    let errors = match (event.errors, event.reporter) {
        (0, _) | (_, None) => format!(
            "No ICMP error says so: a router drops what is too big for its next link and keeps \
             silent, or a filter drops the error. {endpoint} must learn a smaller size: a lower \
             MTU, MSS clamping on the path, or probing (RFC 4821)."
        ),
        (count, Some(reporter)) => {
            let mtu = event
                .mtu
                .map_or_else(String::new, |mtu| format!(", at most {mtu} bytes"));
            format!(
                "{reporter} said so in {} ({}{mtu}), and {endpoint} does not obey: the errors do \
                 not reach it, or something on it filters them.",
                counted_en(u64::from(count), "ICMP error"),
                packets(&event.error_packets, Lang::En)
            )
        }
    };
    format!(
        "Path MTU black hole: the segment of {} that {endpoint} sent to {peer} and sent again {} \
         within {} never arrived, {passes}. {errors}",
        bytes_en(size),
        match event.again {
            1 => "once".to_owned(),
            count => format!("{count} times"),
        },
        duration(event.during_ns),
    )
}

fn chinese(event: &PathMtuBlackHole) -> String {
    let (endpoint, peer, size) = (event.endpoint, event.peer, event.size);
    let passes = match event.passes {
        0 => "不带数据的报文却能通过".to_owned(),
        most => format!("而不超过 {most} 字节的能通过"),
    };
    let errors = match (event.errors, event.reporter) {
        (0, _) | (_, None) => format!(
            "没有 ICMP 差错说明这一点：路由器丢弃了超过下一段链路的报文却不作声，或者差错报文被\
             过滤了。{endpoint} 只能改用更小的段：调低 MTU、在途中钳制 MSS，或主动探测（RFC 4821）。"
        ),
        (count, Some(reporter)) => {
            let mtu = event
                .mtu
                .map_or_else(String::new, |mtu| format!("，最多 {mtu} 字节"));
            format!(
                "{reporter} 用 {count} 个 ICMP 差错说明过（{}{mtu}），{endpoint} 却没有照办：\
                 差错没有到达它，或在它那里被过滤了。",
                packets(&event.error_packets, Lang::Zh)
            )
        }
    };
    format!(
        "路径 MTU 黑洞：{endpoint} 发给 {peer} 的 {size} 字节的段在 {} 内又重发了 {} 次，\
         始终没有到达，{passes}。{errors}",
        duration(event.during_ns),
        event.again,
    )
}

#[cfg(test)]
mod tests {
    use smallvec::smallvec;

    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::{annotated, endpoint};
    use crate::track::{Event, Side};

    #[test]
    fn both_sizes_are_named_and_the_errors_where_any_came() {
        let silent = PathMtuBlackHole {
            side: Side::Server,
            endpoint: endpoint(2, 443),
            peer: endpoint(1, 40_000),
            size: 1398,
            passes: 517,
            again: 7,
            packets: smallvec![6, 8, 9],
            during_ns: 27_000_000_000,
            errors: 0,
            error_packets: smallvec![],
            reporter: None,
            mtu: None,
        };
        let annotation = annotated(
            &Event::PathMtuBlackHole(silent.clone()),
            Severity::Warning,
            &["192.0.2.2:443", "1398", "517", "27.0 s"],
        );
        assert!(annotation.text.contains("No ICMP error"));
        let ignored = PathMtuBlackHole {
            errors: 3,
            error_packets: smallvec![7, 11, 13],
            reporter: Some([192, 0, 2, 254].into()),
            mtu: Some(1280),
            passes: 0,
            ..silent
        };
        annotated(
            &Event::PathMtuBlackHole(ignored),
            Severity::Warning,
            &["192.0.2.254", "1280", "7", "13", "1398"],
        );
    }
}
