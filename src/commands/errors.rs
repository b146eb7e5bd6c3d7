//! Errors of the commands, in Chinese.

use super::analyze::{AnalyzeError, Fault, twice};
use super::explain::ExplainError;
use super::interfaces::InterfacesError;
use super::kept::KeptError;
use super::live::{LiveFailure, PrivilegeError};
use super::notes::NotesError;
use super::output_file::FileError;
use crate::escape::{escape, escape_path};
use crate::notes::Lang;
use crate::report::errors::{InLanguage, system};
use crate::report::numbers::grouped;

impl InLanguage for AnalyzeError {
    fn in_chinese(&self) -> String {
        match self {
            Self::Filter(error) => error.in_chinese(),
            Self::Twice => twice(Lang::Zh).to_owned(),
            Self::Packets(error) => error.in_chinese(),
            Self::File(error) => error.in_chinese(),
            Self::Write(error) => format!("无法写出：{}", system(error)),
            #[cfg(feature = "parquet")]
            Self::TablesCut => "还没有读完输出就关闭了：没有写出表".to_owned(),
            Self::StoodStill { packets } => format!(
                "输出没有人读取：已读入 {} 个报文，其中还没有写出的内容丢弃了",
                grouped(*packets)
            ),
        }
    }
}

impl InLanguage for FileError {
    fn in_chinese(&self) -> String {
        match self {
            Self::Input { path } => format!(
                "{}：正在读取它；请指定别的文件，否则它就丢失了",
                escape_path(path)
            ),
            Self::Dealt { path } => format!(
                "{}：这一份已经分过；请换一个目录，或先把它移走",
                escape_path(path)
            ),
            Self::Read { path, source } => {
                format!("{}：无法读取：{}", escape_path(path), system(source))
            }
            Self::Exists { path } => format!(
                "{}：已经存在；请指定别的目录，或用 --overwrite 替换它",
                escape_path(path)
            ),
            Self::Write { path, source } => {
                format!("{}：无法写出：{}", escape_path(path), system(source))
            }
        }
    }
}

impl InLanguage for Fault {
    fn in_chinese(&self) -> String {
        match self {
            Self::Capture(error) => error.in_chinese(),
            Self::Packets(error) => error.in_chinese(),
            Self::LinkType {
                file,
                link_type,
                packets,
            } => format!(
                "{}：链路类型 {link_type} 的报文有 {packets} 个；wirenotes 不解码它\
                 （它读以太网、Linux cooked、环回和裸 IP 等）；这些报文只计数，别的无从说起",
                escape(file)
            ),
        }
    }
}

impl InLanguage for LiveFailure {
    fn in_chinese(&self) -> String {
        match self {
            Self::Interface(error) => error.in_chinese(),
            Self::Filter(error) => error.in_chinese(),
            Self::Privileges(error) => error.in_chinese(),
            Self::Packets(error) => error.in_chinese(),
            Self::Write(error) => format!("无法写出：{}", system(error)),
            Self::StoodStill { packets, dropped } => format!(
                "输出没有人读取：排队的 {} 个报文丢弃了，在它们之前读入了 {} 个；这些当中还没有写出的内容也丢弃了",
                grouped(*dropped),
                grouped(*packets)
            ),
        }
    }
}

impl InLanguage for PrivilegeError {
    fn in_chinese(&self) -> String {
        match self {
            Self::NoSuchUser(name) => format!("没有用户 {}（-Z）", escape(name)),
            Self::NotRoot(name) => {
                format!("只有 root 能改用别的用户的身份（-Z {}）", escape(name))
            }
            Self::Refused { what, source } => {
                format!("无法放弃特权（{what}）：{}", system(&(*source).into()))
            }
            Self::StillRoot => "特权没能彻底放弃：不抓包".to_owned(),
        }
    }
}

impl InLanguage for KeptError {
    fn in_chinese(&self) -> String {
        match self {
            Self::Capture(error) => error.in_chinese(),
            Self::File(error) => format!("报文的分析结果无法存入临时文件：{}", system(error)),
        }
    }
}

impl InLanguage for ExplainError {
    fn in_chinese(&self) -> String {
        match self {
            Self::Capture(error) => error.in_chinese(),
            Self::Kept(error) => error.in_chinese(),
            Self::NoSuchPacket {
                number,
                file,
                packets,
            } => format!("没有第 {number} 号报文：{} 共有 {packets} 个", escape(file)),
            // These are made in the reader's language.
            Self::NotUnderstood(said) | Self::Faulty(said) => said.clone(),
            Self::NotTwo(count) => format!("--compare 要有两个报文，这里有 {count} 个"),
            Self::Field(field) => {
                let hint = match field.nearest.is_empty() {
                    true => String::new(),
                    false => format!("；是否想用 {}？", field.nearest.join(" 或 ")),
                };
                format!("这个报文没有字段“{}”{hint}", escape(&field.name))
            }
            Self::Interrupted => "被中断".to_owned(),
            Self::Read(error) => format!("无法读取标准输入：{}", system(error)),
            Self::Write(error) => format!("无法写出：{}", system(error)),
        }
    }
}

impl InLanguage for NotesError {
    fn in_chinese(&self) -> String {
        match self {
            Self::Unknown(unknown) => {
                let hint = match unknown.nearest.is_empty() {
                    true => String::new(),
                    false => format!("；是否想用 {}？", unknown.nearest.join("、")),
                };
                format!(
                    "没有名为“{}”的主题或种类{hint}\nwirenotes notes 列出全部，wirenotes notes --search WORDS 在全文中查找",
                    escape(&unknown.name)
                )
            }
            #[cfg(not(feature = "parquet"))]
            Self::NoTables => "这个 wirenotes 编译时没有包含表；请用 cargo install --path . --features parquet 编译".to_owned(),
            Self::NotFound(words) => format!("没有一篇笔记提到“{}”", escape(words)),
            Self::Write(error) => format!("无法写出：{}", system(error)),
        }
    }
}

impl InLanguage for InterfacesError {
    fn in_chinese(&self) -> String {
        match self {
            Self::List(error) => error.in_chinese(),
            Self::Write(error) => format!("无法写出：{}", system(error)),
        }
    }
}

#[cfg(feature = "view")]
impl InLanguage for super::view::ViewError {
    fn in_chinese(&self) -> String {
        match self {
            Self::NoTerminal { dumb } => format!(
                "查看器要画在终端上，{}：wirenotes FILE 输出同样的内容",
                match dumb {
                    true => "而 TERM=dumb 表明这个终端不能画",
                    false => "而标准输出不是终端",
                }
            ),
            Self::Copy(error) => format!("无法把管道的内容保存到临时文件：{}", system(error)),
            Self::Terminal(error) => format!("终端不能使用：{}", system(error)),
            Self::Panicked => "查看器因自身的错误而结束".to_owned(),
        }
    }
}
