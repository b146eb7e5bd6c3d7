//! The topic `subnet-and-gateway`: its note in both languages, and the words for
//! subnets (RFC 4632, RFC 950, RFC 3021).

use std::net::IpAddr;

use crate::notes::{Note, Scene, Topic};
use crate::track::{Subnet, SubnetEvidence};

pub static TOPIC: Topic = Topic {
    name: "subnet-and-gateway",
    title_en: "Subnet and gateway: here or elsewhere",
    title_zh: "子网与默认网关：在这里还是在别处",
    also: &[
        "subnet",
        "gateway",
        "cidr",
        "netmask",
        "mask",
        "default-gateway",
        "子网",
        "网关",
        "默认网关",
        "子网掩码",
        "掩码",
    ],
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
};

pub fn subnet(event: &Subnet, _: &Scene, note: &mut Note) {
    let length = event.prefix_length;
    let name = format!("{}/{length}", event.network);
    let all = 32_u32.checked_sub(length.into()).map(|bits| 1_u64 << bits);
    let all = all.unwrap_or_default();
    let (usable, last) = usable(event);
    note.value("subnet", name.clone())
        .value("prefix_length", length)
        .value("first", event.network.to_string())
        .value("last", last.to_string())
        .value("addresses", all)
        .value("usable", usable)
        .value("hosts_seen", event.hosts)
        .value("evidence", evidence(event.evidence))
        .related(event.packets.iter().copied());
    note.say(
        || {
            let by = match event.evidence {
                SubnetEvidence::Dhcp => {
                    "The subnet of this link, by the mask that DHCP gave out, is"
                }
                SubnetEvidence::Broadcast => {
                    "The likely subnet of this link, by the address that broadcasts go to, is"
                }
                SubnetEvidence::Asked => "The likely subnet of this link, by who asks for whom, is",
            };
            let named = match event.hosts {
                0 => String::new(),
                hosts => format!(" ({hosts} named by ARP)"),
            };
            format!(
                "{by} {name}: {} to {last}, {all} addresses, {usable} of them for hosts{named}. What \
                 is in it is asked for by ARP, everything else goes to the gateway.",
                event.network
            )
        },
        || {
            let by = match event.evidence {
                SubnetEvidence::Dhcp => "按 DHCP 给出的掩码，本链路的子网是",
                SubnetEvidence::Broadcast => "按广播所用的地址，本链路的子网很可能是",
                SubnetEvidence::Asked => "按谁询问谁来看，本链路的子网很可能是",
            };
            let named = match event.hosts {
                0 => String::new(),
                hosts => format!("（ARP 里出现 {hosts} 个）"),
            };
            format!(
                "{by} {name}：{} 到 {last}，共 {all} 个地址，其中 {usable} 个可分给主机{named}。\
                 子网内的用 ARP 询问，其余一律交给网关。",
                event.network
            )
        },
    );
    if event.evidence == SubnetEvidence::Asked {
        note.say(
            || "The mask itself is in no packet seen: it may be shorter or longer.".to_owned(),
            || "掩码本身没有出现在任何报文里：实际可能更短，也可能更长。".to_owned(),
        );
    }
}

/// How many addresses hosts can have (all but the first and the last; both of /31,
/// RFC 3021), and the last of all.
fn usable(event: &Subnet) -> (u64, IpAddr) {
    let IpAddr::V4(network) = event.network else {
        return (0, event.network);
    };
    let bits = 32_u32.saturating_sub(event.prefix_length.into());
    let all = 1_u64 << bits;
    let usable = match bits {
        0 | 1 => all,
        _ => all - 2,
    };
    let last = u64::from(u32::from(network)) + all - 1;
    (usable, IpAddr::V4((last as u32).into()))
}

/// The name in records.
fn evidence(evidence: SubnetEvidence) -> &'static str {
    match evidence {
        SubnetEvidence::Dhcp => "dhcp_mask",
        SubnetEvidence::Broadcast => "broadcast_address",
        SubnetEvidence::Asked => "who_asks_for_whom",
    }
}

#[cfg(test)]
mod tests {
    use smallvec::smallvec;

    use super::*;
    use crate::notes::Severity;
    use crate::notes::fixture::annotated;
    use crate::track::Event;

    #[test]
    fn a_subnet_is_told_with_its_range_and_its_hosts() {
        let of = |prefix_length, evidence| {
            Event::Subnet(Box::new(Subnet {
                network: [10, 0, 4, 0].into(),
                prefix_length,
                evidence,
                hosts: 7,
                packets: smallvec![3],
            }))
        };
        for (length, evidence, words) in [
            (24, SubnetEvidence::Asked, ["10.0.4.255", "256", "254"]),
            (22, SubnetEvidence::Dhcp, ["10.0.7.255", "1024", "1022"]),
            (30, SubnetEvidence::Broadcast, ["10.0.4.3", "4", "2"]),
        ] {
            annotated(&of(length, evidence), Severity::Note, &words);
        }
    }
}
