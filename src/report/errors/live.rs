//! Errors of capturing on an interface, in Chinese.

use super::{InLanguage, libpcap, system};
use crate::capture::live::LiveError;
use crate::escape::{escape, shell_word};

impl InLanguage for LiveError {
    fn in_chinese(&self) -> String {
        match self {
            Self::NoSuchInterface { name, known } => {
                format!("没有接口 {}；现有：{}", escape(name), listed(known))
            }
            Self::NoDefault { known } => {
                format!("除环回外没有已启用的接口；请用 -i 指定：{}", listed(known))
            }
            Self::Permission { name, program } => format!(
                "没有在 {} 上抓包的权限。请用 sudo 运行，或者让能运行本程序的用户都可以抓包：\n  \
                 sudo setcap cap_net_raw,cap_net_admin=eip {}",
                escape(name),
                shell_word(program.as_os_str())
            ),
            Self::Down { name } => format!(
                "{} 没有启用；启用它：sudo ip link set {} up",
                escape(name),
                shell_word(name.as_ref())
            ),
            Self::Filter {
                expression,
                place,
                name,
                source,
            } => format!(
                "过滤器不能用在 {} 上：{}\n{}语法见手册页 pcap-filter(7)",
                escape(name),
                libpcap(&source.to_string()),
                place.pointed(expression)
            ),
            Self::Open { name, source } => format!(
                "不能在 {} 上抓包：{}",
                escape(name),
                libpcap(&source.to_string())
            ),
            Self::List(source) => format!("列不出接口：{}", libpcap(&source.to_string())),
            Self::Thread(source) => format!("抓包无法开始：{}", system(source)),
        }
    }
}

fn listed(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| escape(name)).collect();
    names.join("、")
}
