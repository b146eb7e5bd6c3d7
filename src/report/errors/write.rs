//! Errors of writing packets, in Chinese.

use std::io;
use std::path::Path;

use super::{InLanguage, system};
use crate::capture::WriteError;
use crate::escape::escape_path;

impl InLanguage for WriteError {
    fn in_chinese(&self) -> String {
        match self {
            Self::Create { path, source } => format!(
                "{}：不能把报文写到那里：{}{}",
                name(path),
                system(source),
                advice(path, source)
            ),
            Self::Directory { path } => {
                format!("{}：是目录；请指定其中的一个文件来写报文", name(path))
            }
            Self::Input { path } => format!(
                "{}：正在读取它；请把报文写到别的文件，否则它就丢失了",
                name(path)
            ),
            Self::Terminal => "标准输出是终端，报文会弄乱它：请指定文件，或在后面接一个程序，如 -w - | tcpdump -r -".to_owned(),
            Self::Undivided => {
                "标准输出不能分成几个文件：-C、-G 和 -W 需要文件名".to_owned()
            }
            Self::Name { path, .. } => format!("{}：文件名中的时间格式不对", name(path)),
            Self::Write {
                path,
                source,
                packets,
            } => format!(
                "{}：写入失败：{}{}；{}",
                name(path),
                system(source),
                room(source),
                held(*packets)
            ),
            Self::MixedLinkTypes {
                path,
                first,
                other,
                packet,
                packets,
            } => format!(
                "{}：.pcap 文件只能放一种链路类型的报文，这个是 {first}，而第 {packet} 号报文是 {other}；{}。请改用 .pcapng，它两种都能放",
                name(path),
                held(*packets)
            ),
            Self::Time {
                path,
                packet,
                packets,
            } => format!(
                "{}：第 {packet} 号报文的时间在 2106 年之后，.pcap 文件写不出；{}。请改用 .pcapng",
                name(path),
                held(*packets)
            ),
        }
    }
}

fn name(path: &Path) -> String {
    match path.as_os_str() == "-" {
        true => "标准输出".to_owned(),
        false => escape_path(path),
    }
}

fn advice(path: &Path, error: &io::Error) -> String {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match error.kind() {
        io::ErrorKind::NotFound => format!("；请先建立目录 {}", escape_path(folder)),
        io::ErrorKind::PermissionDenied => {
            format!("；请选择可以写入的目录，{} 不行", escape_path(folder))
        }
        _ => String::new(),
    }
}

fn room(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "（请腾出空间，或用 -C 和 -W 少留一些）"
        }
        _ => "",
    }
}

fn held(packets: u64) -> String {
    match packets {
        0 => "文件里没有报文".to_owned(),
        count => format!("文件里有它之前的 {count} 个报文"),
    }
}
