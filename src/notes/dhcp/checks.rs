//! The rules that a server's messages should obey, with their numbers put in.

use super::SAME_TRANSACTION;
use super::told::Told;
use crate::notes::{Note, Rule};
use crate::track::DhcpAck;

const ADDRESS_AS_REQUESTED: Rule = Rule {
    id: "address = requested address",
    zh: "地址 = 请求的地址",
};

const SERVER_AS_CHOSEN: Rule = Rule {
    id: "server identifier = the request's",
    zh: "服务器标识 = 请求中的服务器标识",
};

const T1_IS_HALF: Rule = Rule {
    id: "T1 = lease ÷ 2",
    zh: "T1 = 租期 ÷ 2",
};

const T2_IS_SEVEN_EIGHTHS: Rule = Rule {
    id: "T2 = lease × 7 ÷ 8",
    zh: "T2 = 租期 × 7 ÷ 8",
};

/// RFC 2131, section 4.4.5; for DHCPv6 RFC 8415, section 21.4.
const T1_BEFORE_T2: Rule = Rule {
    id: "T1 ≤ T2 ≤ lease",
    zh: "T1 ≤ T2 ≤ 租期",
};

/// T1 and T2 against the lease: half and seven eighths of it, unless the server gives
/// others, which have to stand in order.
pub fn times(told: &Told<'_>, v6: bool, note: &mut Note) {
    let (Some(lease), Some(t1), Some(t2)) = (told.lease, told.t1, told.t2) else {
        return;
    };
    if lease == u32::MAX {
        return;
    }
    let shown = |times: [u32; 3]| times.map(|time| time.to_string()).join(", ");
    let mut in_order = [t1, t2, lease];
    in_order.sort_unstable();
    // DHCPv6 has lifetimes of several addresses, which T2 may pass.
    if !v6 || t1 > t2 {
        note.check(T1_BEFORE_T2, Some(shown(in_order)), shown([t1, t2, lease]));
    }
    let half = lease / 2;
    let near = |time: u32, rule: u32| time.abs_diff(rule) <= 1;
    if near(t1, half) {
        note.judge(T1_IS_HALF, Some(half), t1, Some(true));
    }
    let late = (u64::from(lease) * 7 / 8) as u32;
    if near(t2, late) {
        note.judge(T2_IS_SEVEN_EIGHTHS, Some(late), t2, Some(true));
    }
}

/// The checks of an answer that gives something.
pub fn ack(event: &DhcpAck, told: &Told<'_>, note: &mut Note) {
    note.check(
        SAME_TRANSACTION,
        event.answers.map(|_| event.step.transaction),
        event.step.transaction,
    );
    // DHCPv6 may give others than were asked for.
    if let (Some(requested), false, Some(address)) = (event.requested, event.step.v6, &told.address)
    {
        note.check(
            ADDRESS_AS_REQUESTED,
            Some(requested.to_string()),
            address.clone(),
        );
    }
    if let (Some(chosen), Some(server)) = (event.chosen, &told.server) {
        note.check(SERVER_AS_CHOSEN, Some(chosen.to_string()), server.clone());
    }
    times(told, event.step.v6, note);
}
