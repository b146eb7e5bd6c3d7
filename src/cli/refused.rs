//! What clap finds wrong with a command line, in Chinese; in English it says so
//! itself.

use std::error::Error;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::said::Said;
use crate::notes::Lang;

/// clap's message in Chinese.
pub fn in_chinese(error: &clap::Error) -> String {
    let mut out = format!("错误：{}", what(error));
    for (kind, hint) in [
        (ContextKind::SuggestedArg, "相近的选项"),
        (ContextKind::SuggestedSubcommand, "相近的命令"),
        (ContextKind::SuggestedValue, "相近的值"),
    ] {
        let near = words(error, kind);
        if !near.is_empty() {
            out.push_str(&format!("\n\n  提示：{hint}：{near}"));
        }
    }
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        let usage = usage.to_string();
        let usage = usage.trim_start_matches("Usage:").trim();
        out.push_str(&format!("\n\n用法：{usage}"));
    }
    out.push_str("\n\n更多信息见 wirenotes --help。");
    out
}

fn what(error: &clap::Error) -> String {
    let of = |kind| words(error, kind);
    let (argument, value) = (of(ContextKind::InvalidArg), of(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::UnknownArgument => format!("没有选项 {argument}"),
        ErrorKind::InvalidSubcommand => format!("没有命令 {}", of(ContextKind::InvalidSubcommand)),
        ErrorKind::InvalidValue if value.is_empty() => {
            format!("{argument} 后面要有一个值{}", choice(error))
        }
        ErrorKind::InvalidValue => {
            format!("{argument} 没有“{value}”这个值{}", choice(error))
        }
        ErrorKind::ValueValidation => {
            let said = error.source().and_then(<dyn Error>::downcast_ref::<Said>);
            let why = said.map_or("不合要求", |said| said.told(Lang::Zh));
            format!("{argument} 的值“{value}”不对：{why}")
        }
        ErrorKind::ArgumentConflict => {
            let other = of(ContextKind::PriorArg);
            match other == argument || other.is_empty() {
                true => format!("{argument} 只能给一次"),
                false => format!("{argument} 不能与 {other} 同用"),
            }
        }
        ErrorKind::MissingRequiredArgument => format!("缺少 {argument}"),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "缺少命令".to_owned()
        }
        ErrorKind::TooManyValues => format!("{argument} 不能带值“{value}”"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("{argument} 后面值的个数不对")
        }
        ErrorKind::InvalidUtf8 => "命令行里有不是 UTF-8 的文字".to_owned(),
        _ => "命令行不对".to_owned(),
    }
}

/// The values that an argument can have.
fn choice(error: &clap::Error) -> String {
    match words(error, ContextKind::ValidValue) {
        known if known.is_empty() => String::new(),
        known => format!("（可选：{known}）"),
    }
}

fn words(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(word)) => word.clone(),
        Some(ContextValue::Strings(words)) => words.join("、"),
        Some(ContextValue::StyledStr(word)) => word.to_string(),
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}
