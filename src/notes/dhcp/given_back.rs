//! Words for what clients give back: decline, release.

use super::told::Told;
use super::{common, lease_values, named, passed_on, tight, told};
use crate::notes::units::duration;
use crate::notes::wording::packet;
use crate::notes::{Lang, Note, Scene};
use crate::track::{DhcpDecline, DhcpLease, DhcpRelease, DhcpStep};

pub fn decline(event: &DhcpDecline, scene: &Scene, note: &mut Note) {
    if note.is_wordless() {
        return;
    }
    let told = told(scene);
    let told = told.as_ref();
    let address = values(&event.step, event.lease.as_ref(), told, note);
    let address = |lang: Lang| {
        let nothing = || lang.pick("the address", "该地址").to_owned();
        address.clone().unwrap_or_else(nothing)
    };
    note.say(
        || {
            let given = event.lease.map_or(String::new(), |lease| {
                format!(" that {} gave it", packet(lease.packet, Lang::En))
            });
            format!(
                "Decline: the client has found that another host uses {}{given} (it asked by ARP or \
                 neighbour discovery), and must begin anew. Two hosts with one address mean that \
                 someone configured it by hand, or that two servers give it out.",
                address(Lang::En)
            )
        },
        || {
            let given = event.lease.map_or(String::new(), |lease| {
                format!("{}分配的", packet(lease.packet, Lang::Zh))
            });
            tight(&format!(
                "Decline（拒绝）：客户端用 ARP 或邻居发现探测到，{given} {} 已有别的主机在用，只能重新申请。\
                 一个地址有两台主机，说明有人手工配置了它，或者有两台服务器都在分配它。",
                address(Lang::Zh)
            ))
        },
    );
    passed_on(&event.step, told, note);
}

pub fn release(event: &DhcpRelease, scene: &Scene, note: &mut Note) {
    if note.is_wordless() {
        return;
    }
    let told = told(scene);
    let told = told.as_ref();
    let address = values(&event.step, event.lease.as_ref(), told, note);
    let v6 = event.step.v6;
    let address = |lang: Lang| {
        let nothing = || lang.pick("its address", "它的地址").to_owned();
        address.clone().unwrap_or_else(nothing)
    };
    note.say(
        || {
            let held = event.lease.map_or(String::new(), |lease| {
                let held = duration(lease.since_ns);
                format!(", held for {held} since {}", packet(lease.packet, Lang::En))
            });
            let answer = named(v6, "It gets no answer.", "The server answers with a Reply.");
            format!(
                "Release: the client gives {} back before the lease ends{held}. {answer}",
                address(Lang::En)
            )
        },
        || {
            let held = event.lease.map_or(String::new(), |lease| {
                let held = duration(lease.since_ns);
                format!("，自{}起持有了 {held}", packet(lease.packet, Lang::Zh))
            });
            let answer = named(v6, "它不需要应答。", "服务器会用 Reply 答复。");
            tight(&format!(
                "Release（释放）：租期未到，客户端就归还 {}{held}。{answer}",
                address(Lang::Zh)
            ))
        },
    );
    passed_on(&event.step, told, note);
}

/// What both have: the lease that ends, its address, which is given, and its server.
fn values(
    step: &DhcpStep,
    lease: Option<&DhcpLease>,
    told: Option<&Told<'_>>,
    note: &mut Note,
) -> Option<String> {
    common(step, told, note);
    lease_values(lease, note);
    let address = told.and_then(|told| told.address.clone());
    note.value("address", address.clone())
        .value("server", told.and_then(|told| told.server.clone()));
    address
}
