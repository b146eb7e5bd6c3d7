//! What went wrong, in the reader's language. English stands with each error; its
//! Chinese stands here, that of the errors of the commands with these.

mod capture;
mod live;
mod write;

use std::fmt::Display;
use std::io;

use crate::escape::escape;
use crate::notes::Lang;

/// An error that can be told in both languages.
pub trait InLanguage: Display {
    /// The error in Chinese.
    fn in_chinese(&self) -> String;

    /// The error in this language.
    fn told(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.to_string(),
            Lang::Zh => self.in_chinese(),
        }
    }
}

/// What the system said, in Chinese.
#[must_use]
pub fn system(error: &io::Error) -> String {
    let known = match error.kind() {
        io::ErrorKind::NotFound => "没有这个文件或目录",
        io::ErrorKind::PermissionDenied => "没有权限",
        io::ErrorKind::AlreadyExists => "已经存在",
        io::ErrorKind::IsADirectory => "是目录",
        io::ErrorKind::NotADirectory => "路径中有一段不是目录",
        io::ErrorKind::ReadOnlyFilesystem => "文件系统只读",
        io::ErrorKind::StorageFull => "磁盘已满",
        io::ErrorKind::QuotaExceeded => "超出配额",
        io::ErrorKind::FileTooLarge => "文件太大",
        io::ErrorKind::BrokenPipe => "管道的另一端已关闭",
        io::ErrorKind::UnexpectedEof => "过早结束",
        io::ErrorKind::InvalidData => "数据损坏",
        io::ErrorKind::ResourceBusy => "设备或文件正忙",
        io::ErrorKind::OutOfMemory => "内存不足",
        io::ErrorKind::InvalidFilename => "文件名太长或不合规定",
        _ => {
            return match error.raw_os_error() {
                Some(code) => format!("系统错误 {code}"),
                None => "输入输出错误".to_owned(),
            };
        }
    };
    known.to_owned()
}

/// What libpcap said, in Chinese as far as it is known; else in its own words.
#[must_use]
pub fn libpcap(message: &str) -> String {
    for (words, zh) in [
        ("syntax error", "语法错误"),
        ("rejects all packets", "没有报文能通过它"),
        ("illegal port number", "端口号超出 65535"),
        ("illegal token", "不认识的字符"),
        ("unknown host", "未知的主机"),
        ("unknown network", "未知的网络"),
        ("unknown port", "未知的端口"),
        ("unknown protocol", "未知的协议"),
        ("non-network bits set", "掩码之外还有非零位"),
        ("internal null", "其中有空字符"),
        ("invalid IPv4 address", "不是 IPv4 地址"),
        ("not supported", "这里不支持"),
        ("ethernet address", "以太网地址只能用于以太网"),
    ] {
        if message.to_lowercase().contains(&words.to_lowercase()) {
            return zh.to_owned();
        }
    }
    format!("libpcap 说“{}”", escape(message))
}
