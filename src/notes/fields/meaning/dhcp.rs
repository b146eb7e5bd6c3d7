//! What the fields and options of DHCP mean.

use std::net::Ipv4Addr;

use super::Spot;
use super::dhcp_labels::{message_label, option_label, option6_label, v4_label};
use crate::decode::FieldValue;
use crate::decode::dhcp::{self, code};
use crate::notes::{Lang, duration};

/// What a field of DHCP means beyond what it is for.
pub fn v4(spot: &Spot<'_>) -> Option<String> {
    let lang = spot.scene.lang;
    Some(match spot.field.name {
        "dhcp.option" => option(spot)?,
        "dhcp.option.code" => option_label(spot.number()? as u8, lang)?.to_owned(),
        "dhcp.sub_option" => sub_option(spot)?,
        "dhcp.option.seconds" => seconds(spot.number()?, lang),
        "dhcp.operation" if spot.number()? == 1 => {
            spot.say("request: a client speaks", "请求：客户端发出")
        }
        "dhcp.operation" if spot.number()? == 2 => {
            spot.say("reply: a server answers", "应答：服务器发出")
        }
        "dhcp.client_address" | "dhcp.your_address" | "dhcp.next_server" | "dhcp.relay_address"
            if is_unspecified(spot) =>
        {
            spot.say("none", "无")
        }
        "dhcp.client_address" | "dhcp.your_address" | "dhcp.next_server" | "dhcp.relay_address" => {
            let row = super::row(spot.field.name)?;
            row.about(lang).to_owned()
        }
        "dhcp.flags.broadcast" if spot.number()? == 0 => spot.say(
            "not set: unicast answers are welcome",
            "未设置：可以用单播应答",
        ),
        _ => return None,
    })
}

/// What a field of DHCPv6 means beyond what it is for.
pub fn v6(spot: &Spot<'_>) -> Option<String> {
    let lang = spot.scene.lang;
    Some(match spot.field.name {
        "dhcpv6.type" => message_label(spot.number()? as u8, lang)?.to_owned(),
        "dhcpv6.option" => option6(spot)?,
        "dhcpv6.option.code" => option6_label(spot.number()? as u16, lang)?.to_owned(),
        "dhcpv6.option.seconds"
        | "dhcpv6.option.t1"
        | "dhcpv6.option.t2"
        | "dhcpv6.option.preferred_lifetime"
        | "dhcpv6.option.valid_lifetime"
            if spot.number()? > 0 =>
        {
            seconds(spot.number()?, lang)
        }
        _ => return None,
    })
}

fn is_unspecified(spot: &Spot<'_>) -> bool {
    matches!(spot.field.value, FieldValue::Ip(address) if address.is_unspecified())
}

fn seconds(number: u64, lang: Lang) -> String {
    match number {
        0xffff_ffff => lang.pick("for ever", "永久").to_owned(),
        number => duration(number.saturating_mul(1_000_000_000)),
    }
}

/// The bytes of a field that consists of others.
fn bytes<'a>(spot: &Spot<'a>) -> Option<&'a [u8]> {
    let FieldValue::Bytes(range) = &spot.field.value else {
        return None;
    };
    let range = range.start as usize..range.end as usize;
    spot.scene.packet.frame.bytes.get(range)
}

/// A name and what it says; the name alone where that is nothing.
fn said(label: &str, value: &str, lang: Lang) -> String {
    match (value, lang) {
        ("", _) => label.to_owned(),
        (value, Lang::En) => format!("{label}: {value}"),
        (value, Lang::Zh) => format!("{label}：{value}"),
    }
}

/// An option in a line: `subnet mask: 255.255.255.0 = /24, 254 usable addresses`.
fn option(spot: &Spot<'_>) -> Option<String> {
    let lang = spot.scene.lang;
    let (code, rest) = bytes(spot)?.split_first()?;
    let data = rest.get(1..)?;
    let value = dhcp::Value::of(*code, data);
    let value = match (&value, *code) {
        (dhcp::Value::Address(mask), code::SUBNET_MASK) => mask_said(*mask, lang),
        (dhcp::Value::Seconds(number), _) => seconds(u64::from(*number), lang),
        (dhcp::Value::MessageType(kind), _) => {
            v4_label(kind.0, lang).map_or_else(|| kind.to_string(), str::to_owned)
        }
        (dhcp::Value::Parameters(codes), _) => parameters(codes, lang),
        _ => value.to_string(),
    };
    let label = match option_label(*code, lang) {
        Some(label) => label.to_owned(),
        None => match dhcp::option_name(*code) {
            Some(name) => name.name.replace('_', " "),
            None => spot.say("an option without a common name", "没有通用名称的选项"),
        },
    };
    Some(said(&label, &value, lang))
}

fn parameters(codes: &[u8], lang: Lang) -> String {
    let names: Vec<String> = codes
        .iter()
        .map(
            |code| match (option_label(*code, lang), dhcp::option_name(*code)) {
                (Some(label), _) => label.to_owned(),
                (None, Some(name)) => name.name.replace('_', " "),
                (None, None) => code.to_string(),
            },
        )
        .collect();
    names.join(lang.pick(", ", "、"))
}

fn parameters6(codes: &[u16], lang: Lang) -> String {
    let names: Vec<String> = codes
        .iter()
        .map(
            |code| match (option6_label(*code, lang), dhcp::v6::option_name(*code)) {
                (Some(label), _) => label.to_owned(),
                (None, Some(name)) => name.name.replace('_', " "),
                (None, None) => code.to_string(),
            },
        )
        .collect();
    names.join(lang.pick(", ", "、"))
}

/// A mask as /n with what that leaves for hosts.
pub fn mask_said(mask: Ipv4Addr, lang: Lang) -> String {
    match (dhcp::prefix_length(mask), lang) {
        (Some(length), Lang::En) => {
            let usable = usable(length);
            format!("{mask} = /{length}, {usable} usable addresses")
        }
        (Some(length), Lang::Zh) => {
            let usable = usable(length);
            format!("{mask} = /{length}，可用地址 {usable} 个")
        }
        (None, Lang::En) => format!("{mask}, no mask: its ones do not stand together"),
        (None, Lang::Zh) => format!("{mask}，不是掩码：其中的 1 不相连"),
    }
}

/// Addresses that hosts may have in a network of this prefix length: without its
/// own and the broadcast address, but both of /31 (RFC 3021) and the one of /32.
#[must_use]
pub const fn usable(prefix_length: u32) -> u64 {
    match prefix_length {
        31 => 2,
        32.. => 1,
        length => (1 << (32 - length)) - 2,
    }
}

fn sub_option(spot: &Spot<'_>) -> Option<String> {
    let lang = spot.scene.lang;
    let (code, rest) = bytes(spot)?.split_first()?;
    let (label_en, label_zh) = match code {
        1 => (
            "circuit: the port that the client is at",
            "线路编号：客户端所在的端口",
        ),
        2 => (
            "remote id: the modem or host at its end",
            "远端编号：线路另一端的设备",
        ),
        5 => (
            "link selection: the network to choose from",
            "链路选择：从哪个网络分配",
        ),
        6 => ("subscriber", "用户编号"),
        9 => ("vendor's own", "厂商自定义"),
        11 => ("server identifier to give", "对客户端自称的服务器标识"),
        12 => ("relay's own id", "中继自己的编号"),
        _ => return None,
    };
    let known = dhcp::sub_option_name(*code)?;
    let value = dhcp::Value::read(known.form, rest.get(1..)?).to_string();
    Some(said(lang.pick(label_en, label_zh), &value, lang))
}

fn option6(spot: &Spot<'_>) -> Option<String> {
    let lang = spot.scene.lang;
    let bytes = bytes(spot)?;
    let code = u16::from_be_bytes(*bytes.first_chunk::<2>()?);
    let value = dhcp::v6::Value::of(code, bytes.get(4..)?);
    let value = match &value {
        dhcp::v6::Value::Seconds(number) => seconds(u64::from(*number), lang),
        dhcp::v6::Value::Parameters(codes) => parameters6(codes, lang),
        value => value.to_string(),
    };
    let label = match option6_label(code, lang) {
        Some(label) => label.to_owned(),
        None => match dhcp::v6::option_name(code) {
            Some(name) => name.name.replace('_', " "),
            None => spot.say("an option without a common name", "没有通用名称的选项"),
        },
    };
    Some(said(&label, &value, lang))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_read_as_prefix_length_with_what_it_leaves() {
        let mask = |text: &str| text.parse().unwrap();
        assert_eq!(dhcp::prefix_length(mask("255.255.255.0")), Some(24));
        assert_eq!(dhcp::prefix_length(mask("0.0.0.0")), Some(0));
        assert_eq!(dhcp::prefix_length(mask("255.255.255.255")), Some(32));
        assert_eq!(dhcp::prefix_length(mask("255.0.255.0")), None);
        assert_eq!(
            [usable(24), usable(30), usable(31), usable(32)],
            [254, 2, 2, 1]
        );
        assert_eq!(
            mask_said(mask("255.255.255.252"), Lang::En),
            "255.255.255.252 = /30, 2 usable addresses"
        );
    }
}
