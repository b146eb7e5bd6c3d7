//! Errors of reading captures, in Chinese.

use std::io;
use std::path::Path;

use super::{InLanguage, libpcap, system};
use crate::capture::{Advice, CaptureError, Place, Position};
use crate::escape::{escape, escape_path};

impl InLanguage for CaptureError {
    fn in_chinese(&self) -> String {
        match self {
            Self::Open { path, source } => format!(
                "{}：打不开：{}{}",
                name(path),
                system(source),
                advice(source)
            ),
            Self::Directory { path } => {
                format!("{}：是目录；请指定其中的抓包文件", name(path))
            }
            Self::Empty { path } => format!(
                "{}：是空的，连文件头也没有；是不是第一个报文还没写入就停止了抓包？",
                name(path)
            ),
            Self::UnknownFormat { path, advice, .. } => format!(
                "{}：不是 wirenotes 能读的抓包文件（pcap 或 pcapng，也可以再经 gzip 或 zstd 压缩）；{}",
                name(path),
                what_to_do(*advice)
            ),
            Self::Version {
                path,
                format,
                major,
                minor,
            } => format!(
                "{}：是 {format} {major}.{minor} 版，不认识；请用写出它的程序打开，另存为 pcapng",
                name(path)
            ),
            Self::CutHeader { path, needed, had } => format!(
                "{}：文件头不完整：需要 {needed} 字节，只有 {had} 字节；请重新获取这个文件",
                name(path)
            ),
            Self::CutRecord {
                path,
                position,
                needed,
                had,
            } => format!(
                "{}：在{}处被截断：这条记录需要 {needed} 字节，只有 {had} 字节{}。请重新获取这个文件，或者先停止抓包再复制",
                name(path),
                place(position),
                before(position)
            ),
            Self::TooLarge {
                path,
                position,
                claimed,
                limit,
            } => format!(
                "{}：{}自称有 {claimed} 字节，超过这里一个报文可能有的 {limit} 字节：文件自此处起已损坏{}。请重新获取这个文件",
                name(path),
                place(position),
                before(position)
            ),
            Self::Corrupt { path, position, .. } => format!(
                "{}：{}：结构不对，文件自此处起已损坏{}。请重新获取这个文件",
                name(path),
                place(position),
                before(position)
            ),
            Self::TooManyInterfaces {
                path,
                position,
                most,
            } => format!(
                "{}：{}：这一节描述的接口超过 {most} 个，再多就不记了，其后的内容没有读取{}。请拆分这个文件，例如用 editcap",
                name(path),
                place(position),
                before(position)
            ),
            Self::Decompress {
                path,
                position,
                compression,
                source,
            } => format!(
                "{}：{}：{compression} 数据{}{}。请重新获取这个文件",
                name(path),
                place(position),
                match source.kind() {
                    io::ErrorKind::UnexpectedEof => "过早结束",
                    _ => "已损坏",
                },
                before(position)
            ),
            Self::Read {
                path,
                position,
                source,
            } => format!(
                "{}：{}：读取失败：{}",
                name(path),
                place(position),
                system(source)
            ),
            Self::Filter {
                expression,
                place,
                source,
            } => format!(
                "过滤器用不了：{}\n{}语法见手册页 pcap-filter(7)",
                libpcap(&source.to_string()),
                place.pointed(expression)
            ),
            Self::FilterForLinkType {
                path,
                expression,
                link_type,
                packet,
                source,
            } => format!(
                "{}：过滤器“{}”不能用于链路类型 {link_type} 的报文（第一个是第 {packet} 号）：{}；它们都不通过",
                name(path),
                escape(expression),
                libpcap(&source.to_string())
            ),
        }
    }
}

fn name(path: &Path) -> String {
    match path.as_os_str() == "-" {
        true => "标准输入".to_owned(),
        false => escape_path(path),
    }
}

fn advice(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "；请检查文件名",
        io::ErrorKind::PermissionDenied => "；请换一个可以读取它的用户，或修改它的权限",
        _ => "",
    }
}

fn what_to_do(advice: Advice) -> String {
    match advice {
        Advice::Convert => {
            "如果它是抓包文件，请用 editcap FILE NEW.pcapng 转换后再读".to_owned()
        }
        Advice::Unpack => "请先解开，再读里面的文件".to_owned(),
        Advice::UnpackWith(tool) => format!("请先用 {tool} 解开，再读里面的文件"),
        Advice::FromDump => "它像是十六进制转储，请用 text2pcap FILE NEW.pcapng 转换后再读".to_owned(),
        Advice::SavePackets => {
            "导出的文字里已经没有报文，请保存抓包本身（tcpdump -w、tshark -w，或 Wireshark 的“另存为”）"
                .to_owned()
        }
    }
}

fn place(position: &Position) -> String {
    let what = match (position.place, position.packet) {
        (Place::FileHeader, _) => "文件头".to_owned(),
        (Place::Packet, packet) => format!("第 {packet} 号报文"),
        (Place::Block, 0 | 1) => "第一个报文之前的一块".to_owned(),
        (Place::Block, packet) => format!("第 {} 号报文之后的一块", packet - 1),
    };
    let decompressed = match position.decompressed {
        true => "解压后的",
        false => "",
    };
    format!("{what}（{decompressed}第 {} 字节）", position.offset)
}

fn before(position: &Position) -> String {
    match position.packet.saturating_sub(1) {
        0 => String::new(),
        count => format!("；之前的 {count} 个报文已读取"),
    }
}
