//! Why an interface cannot be captured on: what is wrong and what to do.

use std::path::PathBuf;

use thiserror::Error;

use crate::capture::FilterPlace;
use crate::escape::{escape, shell_word};

/// There will be no capture.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LiveError {
    /// libpcap does not know the name.
    #[error("there is no interface {}; there are: {}", escape(name), listed(known))]
    NoSuchInterface {
        /// The name as it was given.
        name: String,
        /// The interfaces that exist.
        known: Vec<String>,
    },

    /// None was named, and none is up but loopback.
    #[error("no interface is up but loopback; name one with -i: {}", listed(known))]
    NoDefault {
        /// The interfaces that exist.
        known: Vec<String>,
    },

    /// This user may not capture.
    #[error(
        "no permission to capture on {}. Run it with sudo, or allow this program to capture \
         for every user who may run it:\n  sudo setcap cap_net_raw,cap_net_admin=eip {}",
        escape(name),
        shell_word(program.as_os_str())
    )]
    Permission {
        /// The interface.
        name: String,
        /// The path of this program.
        program: PathBuf,
    },

    /// The interface is down.
    #[error("{} is down; bring it up with: sudo ip link set {} up", escape(name), shell_word(name.as_ref()))]
    Down {
        /// The interface.
        name: String,
    },

    /// libpcap refuses the filter.
    #[error(
        "the filter cannot be used on {}: {}\n{}its grammar is in the manual page pcap-filter(7)",
        escape(name),
        escape(&source.to_string()),
        place.pointed(expression)
    )]
    Filter {
        /// The filter as it was given.
        expression: String,
        /// The part of it that is wrong.
        place: FilterPlace,
        /// The interface.
        name: String,
        /// What libpcap said.
        source: pcap::Error,
    },

    /// libpcap cannot open the interface.
    #[error("{} cannot be captured on: {}", escape(name), escape(&source.to_string()))]
    Open {
        /// The interface.
        name: String,
        /// What libpcap said.
        source: pcap::Error,
    },

    /// The interfaces cannot be listed.
    #[error("the interfaces cannot be listed: {}", escape(&.0.to_string()))]
    List(#[source] pcap::Error),

    /// The capturing thread cannot be started.
    #[error("the capture cannot be started: {0}")]
    Thread(#[source] std::io::Error),
}

impl LiveError {
    /// Whether the command line was wrong, not the world.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Filter { .. })
    }
}

fn listed(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| escape(name)).collect();
    names.join(", ")
}
