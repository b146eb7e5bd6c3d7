//! What a field's value means here. Where the value itself tells nothing more,
//! it is what the field is for.

mod dhcp;
mod dhcp_labels;
mod http;
mod ip;
mod tls;
mod transport;

pub use dhcp::{mask_said, usable};

use super::address::{class, mac_class};
use super::named::{self, localized};
use super::{Spot, row};
use crate::decode::{ChecksumVerdict, FieldValue};
use crate::notes::{Lang, duration};

/// The meaning in the reader's language; never empty for a field that the table
/// has.
pub fn of(spot: &Spot<'_>) -> String {
    particular(spot).unwrap_or_else(|| general(spot))
}

/// The meaning by what kind of value it is.
fn general(spot: &Spot<'_>) -> String {
    let lang = spot.scene.lang;
    let about = row(spot.field.name).map_or("", |row| row.about(lang));
    match &spot.field.value {
        FieldValue::Flag(false) => lang.pick("not set", "未设置").to_owned(),
        FieldValue::Named(_, name) => localized(name, lang).to_owned(),
        FieldValue::Ip(address) => class(*address, lang).to_owned(),
        FieldValue::Mac(mac) => mac_class(*mac, lang).to_owned(),
        _ => about.to_owned(),
    }
}

/// The meaning by what field it is.
fn particular(spot: &Spot<'_>) -> Option<String> {
    let (family, field) = spot.field.name.split_once('.')?;
    if field == "checksum"
        && let Some(text) = checksum(spot)
    {
        return Some(text);
    }
    match family {
        "ethernet" | "vlan" | "linux_cooked" | "linux_cooked_v2" | "arp" | "llc" => link(spot),
        "ipv4" => ip::ipv4(spot),
        "ipv6" | "ipv6_fragment" | "mpls" => ip::ipv6(spot),
        "tcp" => transport::tcp(spot),
        "udp" => transport::udp(spot),
        "icmp" | "icmpv6" => icmp(spot),
        "dns" => dns(spot),
        "dhcp" => dhcp::v4(spot),
        "dhcpv6" => dhcp::v6(spot),
        "http" => http::http(spot),
        "tls" => tls::tls(spot),
        _ => None,
    }
}

/// What became of a checksum, where it is not simply right or wrong.
fn checksum(spot: &Spot<'_>) -> Option<String> {
    let mut sums = spot.scene.sums.iter();
    let sum = sums.find(|sum| usize::from(sum.layer) == spot.layer)?;
    match sum.verdict {
        ChecksumVerdict::Offloaded { expected } => Some(spot.say(
            format!(
                "not finished yet: recorded at the sender, before its network card computed it \
                 (0x{expected:04x} on the wire)"
            ),
            format!("尚未算完：在发送方抓包，网卡还没有计算（线路上应为 0x{expected:04x}）"),
        )),
        ChecksumVerdict::Unknown => Some(spot.say(
            "cannot be computed again: not all that it covers is here",
            "无法重新计算：它覆盖的字节不全在这里",
        )),
        _ => None,
    }
}

fn link(spot: &Spot<'_>) -> Option<String> {
    let lang = spot.scene.lang;
    let number = spot.number();
    Some(match spot.field.name {
        "vlan.id" => match number? {
            0 => spot.say(
                "no VLAN: only the priority counts",
                "不属于任何 VLAN：只有优先级有意义",
            ),
            id => spot.say(format!("belongs to VLAN {id}"), format!("属于 VLAN {id}")),
        },
        "arp.operation" if number? == 1 => spot.say(
            "request: who has this address?",
            localized("request", Lang::Zh),
        ),
        "arp.operation" if number? == 2 => {
            spot.say("reply: it is here", localized("reply", Lang::Zh))
        }
        "arp.hardware_length" if number? == 6 => spot.say("a MAC address", "一个 MAC 地址"),
        "arp.protocol_length" if number? == 4 => spot.say("an IPv4 address", "一个 IPv4 地址"),
        "arp.target_mac" => match spot.field.value {
            FieldValue::Mac([0, 0, 0, 0, 0, 0]) => spot.say(
                "not known yet: this is what is asked",
                "还不知道：这正是要问的",
            ),
            FieldValue::Mac(mac) => mac_class(mac, lang).to_owned(),
            _ => return None,
        },
        _ => return None,
    })
}

fn icmp(spot: &Spot<'_>) -> Option<String> {
    let lang = spot.scene.lang;
    let number = spot.number();
    Some(match spot.field.name {
        "icmp.code" => named::icmp_code(spot.beside("icmp.type")?, number?, lang)?.to_owned(),
        "icmpv6.code" => named::icmpv6_code(spot.beside("icmpv6.type")?, number?, lang)?.to_owned(),
        "icmp.quoted_length" | "icmpv6.quoted_length" if number? == 0 => spot.say(
            "0: quoted to the end of the message",
            "0：一直引用到消息末尾",
        ),
        "icmp.next_hop_mtu" | "icmpv6.mtu" => {
            let size = number?;
            spot.say(
                format!("packets of at most {size} bytes pass"),
                format!("最多 {size} 字节的报文才能通过"),
            )
        }
        _ => return None,
    })
}

fn dns(spot: &Spot<'_>) -> Option<String> {
    let lang = spot.scene.lang;
    let number = spot.number();
    Some(match spot.field.name {
        "dns.flags.response" if number? == 0 => spot.say("not set: a question", "未设置：这是询问"),
        "dns.flags.response_code" => match named::response_code(number?, lang) {
            Some(text) => text.to_owned(),
            None => return None,
        },
        "dns.flags.truncated" if number? == 0 => spot.say("not set: complete", "未设置：内容完整"),
        "dns.flags.opcode" if number? == 0 => spot.say("an ordinary query", "普通查询"),
        "dns.question.type" | "dns.record.type" | "dns.rrsig.covered" => match spot.field.value {
            FieldValue::Named(_, name) => named::record_type(name, lang)?.to_owned(),
            _ => return None,
        },
        "dns.question.class" | "dns.record.class" if number? == 1 => {
            spot.say("the Internet", "互联网")
        }
        "dns.answer" | "dns.authority" | "dns.additional" => record(spot)?,
        "dns.record.ttl" => {
            let seconds = duration(number?.saturating_mul(1_000_000_000));
            spot.say(
                format!("may be kept for {seconds}"),
                format!("可以缓存 {seconds}"),
            )
        }
        _ => return None,
    })
}

/// A record in a line: `www.example.com CNAME e7.example.net`.
fn record(spot: &Spot<'_>) -> Option<String> {
    let inside = |name: &str| spot.field.fields.iter().find(|field| field.name == name);
    let FieldValue::Text(name) = &inside("dns.record.name")?.value else {
        return None;
    };
    let FieldValue::Named(_, kind) = inside("dns.record.type")?.value else {
        return None;
    };
    let data = inside("dns.record.data").and_then(|data| data.fields.first());
    let data = data.map(|data| match &data.value {
        FieldValue::Text(text) => text.to_string(),
        FieldValue::Ip(address) => address.to_string(),
        _ => "…".to_owned(),
    });
    if kind == "OPT" {
        return None;
    }
    Some(format!("{name} {kind} {}", data.unwrap_or_default()))
}
