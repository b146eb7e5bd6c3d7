//! What can be captured on: names, addresses, state and link type, and whether
//! this user may open it.

use std::net::IpAddr;

use nix::ifaddrs::getifaddrs;
use nix::net::if_::{InterfaceFlags, if_nametoindex};
use pcap::{Capture, Device};
use rustix::net::{AddressFamily, SocketType, socket};

use super::error::LiveError;
use crate::capture::LinkType;
use crate::capture::filter::link_type_of;

/// The name that stands for every interface at once.
pub(super) const ANY: &str = "any";

/// Something to capture on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The name behind `-i`.
    pub name: String,
    /// What libpcap says that the interface is.
    pub description: Option<String>,
    /// The interface's addresses, each with the length of its prefix where that
    /// is known.
    pub addresses: Vec<(IpAddr, Option<u8>)>,
    /// A network interface of this machine, or all of them together; libpcap
    /// knows other sources as well (USB, Bluetooth, D-Bus).
    pub is_network: bool,
    /// Whether it is up.
    pub up: bool,
    /// Whether it has a carrier; `None` where there is no such thing.
    pub running: Option<bool>,
    /// Whether it leads back to this machine.
    pub loopback: bool,
    /// How the interface's packets begin, where it could be opened.
    pub link_type: Option<LinkType>,
    /// Whether this user may open it.
    pub openable: Openable,
}

/// Whether an interface may be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Openable {
    /// The interface was opened.
    Yes,
    /// This user may not open the interface.
    NoPermission,
    /// Nobody can open the interface at the moment, for this reason.
    No(String),
    /// The interface was not tried: it carries no network packets.
    NotTried,
}

/// Everything that libpcap can capture on, in its order.
///
/// # Errors
/// [`LiveError::List`].
pub fn interfaces() -> Result<Vec<Interface>, LiveError> {
    let devices = Device::list().map_err(LiveError::List)?;
    Ok(devices.into_iter().map(interface).collect())
}

/// The first interface that is up and leads out of this machine.
///
/// # Errors
/// [`LiveError::NoDefault`] or [`LiveError::List`].
pub fn default_interface() -> Result<String, LiveError> {
    let devices = Device::list().map_err(LiveError::List)?;
    let leads_out = |device: &&Device| {
        let flags = &device.flags;
        flags.is_up() && !flags.is_loopback() && device.name != ANY && is_network(&device.name)
    };
    // libpcap lists those that are running, and so of use, first.
    match devices.iter().find(leads_out) {
        Some(device) => Ok(device.name.clone()),
        None => Err(LiveError::NoDefault {
            known: network_names(&devices),
        }),
    }
}

/// The interface that is meant by a name, or by a number in the list.
pub(super) fn named(name: &str) -> Result<String, LiveError> {
    let devices = Device::list().map_err(LiveError::List)?;
    if devices.iter().any(|device| device.name == name) || is_network(name) {
        return Ok(name.to_owned());
    }
    let number = name.parse::<usize>().ok();
    let by_number = number.and_then(|number| devices.get(number.checked_sub(1)?));
    match by_number {
        Some(device) => Ok(device.name.clone()),
        None => Err(LiveError::NoSuchInterface {
            name: name.to_owned(),
            known: network_names(&devices),
        }),
    }
}

fn network_names(devices: &[Device]) -> Vec<String> {
    let names = devices.iter().map(|device| &device.name);
    names.filter(|name| is_network(name)).cloned().collect()
}

fn interface(device: Device) -> Interface {
    let is_network = is_network(&device.name);
    let (link_type, openable) = match is_network {
        true => try_to_open(&device.name),
        false => (None, Openable::NotTried),
    };
    let flags = &device.flags;
    let prefix = |mask: IpAddr| match mask {
        IpAddr::V4(mask) => mask.to_bits().leading_ones() as u8,
        IpAddr::V6(mask) => mask.to_bits().leading_ones() as u8,
    };
    Interface {
        addresses: device
            .addresses
            .iter()
            .map(|address| (address.addr, address.netmask.map(prefix)))
            .collect(),
        is_network,
        up: flags.is_up(),
        running: match flags.connection_status {
            pcap::ConnectionStatus::Connected => Some(true),
            pcap::ConnectionStatus::Disconnected => Some(false),
            _ => None,
        },
        loopback: flags.is_loopback(),
        name: device.name,
        description: device.desc,
        link_type,
        openable,
    }
}

fn try_to_open(name: &str) -> (Option<LinkType>, Openable) {
    match Capture::from_device(name).and_then(Capture::open) {
        Ok(capture) => (Some(link_type_of(capture.get_datalink())), Openable::Yes),
        Err(_) if !may_capture() => (None, Openable::NoPermission),
        Err(error) => (None, Openable::No(reason(error))),
    }
}

/// libpcap's message without its name in front.
fn reason(error: pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(message) => message,
        other => other.to_string(),
    }
}

/// Whether this process may have a packet socket (`CAP_NET_RAW`).
pub(super) fn may_capture() -> bool {
    let denied = [rustix::io::Errno::PERM, rustix::io::Errno::ACCESS];
    match socket(AddressFamily::PACKET, SocketType::RAW, None) {
        Ok(_) => true,
        Err(error) => !denied.contains(&error),
    }
}

fn is_network(name: &str) -> bool {
    name == ANY || index(name).is_some()
}

/// The kernel's number of an interface; a new one of the same name has another.
pub(super) fn index(name: &str) -> Option<u32> {
    if_nametoindex(name).ok()
}

/// Whether an interface is up; `None` when it does not exist.
pub(super) fn is_up(name: &str) -> Option<bool> {
    if name == ANY {
        return Some(true);
    }
    let mut addresses = getifaddrs().ok()?;
    addresses
        .find(|address| address.interface_name == name)
        .map(|address| address.flags.contains(InterfaceFlags::IFF_UP))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_exists_everywhere_and_nonsense_nowhere() {
        assert!(index("lo").is_some());
        assert!(is_up("lo").is_some());
        assert_eq!(is_up("no-such-thing"), None);
        match named("no-such-thing") {
            Err(error @ LiveError::NoSuchInterface { .. }) => {
                assert!(error.to_string().contains("lo"), "{error}");
            }
            other => panic!("{other:?}"),
        }
    }
}
