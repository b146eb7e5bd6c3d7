//! The help: in which group each argument stands, whether the short help has it,
//! and what it is in Chinese (the English stands where the argument is defined).

use clap::builder::Resettable;
use clap::{Arg, Command};

use crate::notes::Lang;

/// What an argument is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Input,
    Select,
    Show,
    Write,
    Stop,
}

use Group::{Input, Select, Show, Stop, Write};

impl Group {
    const fn name(self, lang: Lang) -> &'static str {
        match self {
            Input => lang.pick("Input", "输入"),
            Select => lang.pick("Select", "选择"),
            Show => lang.pick("Show", "显示"),
            Write => lang.pick("Write", "写出"),
            Stop => lang.pick("Stop", "结束"),
        }
    }
}

/// One argument: `command.id` where its meaning is one command's own, its group,
/// whether `-h` has it, and its help in Chinese; what stands behind an empty line
/// is for the long help alone.
type Row = (&'static str, Group, bool, &'static str);

#[rustfmt::skip]
const ARGUMENTS: &[Row] = &[
    ("interface", Input, true, "网络接口，any 为全部\n\n不指定时为第一个已启用的非环回接口。"),
    ("words", Input, true, "抓包文件（- 为标准输入）、选择会话的词、抓包过滤器\n\n文件可以是 pcap 或 pcapng，也可以再经 gzip 或 zstd 压缩。KEY:VALUE 选择会话，如 port:443 rtt:50ms..，KEY 可为 host、port、proto、state、kind、name、text、rtt、duration、packets、bytes、sent-again、wait、time；其余的词是抓包过滤器。"),
    ("follow.words", Input, true, "抓包文件（- 为标准输入），以及其中的一个会话\n\n会话用编号指明，或用 ADDR:PORT、ADDR、:PORT，或用逗号连接其中两个；也可以像 analyze 那样用 KEY:VALUE 选择。其余的词是抓包过滤器。"),
    ("read", Input, false, "读取这个文件（可以多次给出）"),
    ("live.read", Input, true, "用同样的方式播放一个抓包文件（- 为标准输入）"),
    ("explain.read", Input, false, "读取这个文件"),
    ("live.words", Select, true, "只要通过这个抓包过滤器的报文（libpcap 语法）"),
    ("filter", Select, true, "只要通过这个抓包过滤器的报文\n\n语法同 libpcap，其中 len 指报文的原始长度。"),
    ("live.filter", Select, false, "与选项之后的词相同"),
    ("count", Stop, true, "通过过滤器的报文满 N 个后停止"),
    ("duration", Stop, true, "这么久之后停止，如 90s、5m、500ms"),
    ("write", Write, true, "把报文写到这个文件，讲解作为报文注释\n\n格式为 pcapng；文件名以 .pcap 结尾时为传统 pcap（没有注释）。- 为标准输出，此时报告改到标准错误。"),
    ("file_size", Write, false, "文件超过这么多百万字节后另起一个（可带 k、m、g：KiB、MiB、GiB），文件名后面加序号"),
    ("file_seconds", Write, false, "按抓包时间每隔这么多秒另起一个文件；文件名中可以有 strftime 格式的时间（UTC），否则加序号"),
    ("files", Write, false, "与 -C 合用时只保留这么多个文件，从 0 编号循环使用（与 -G 合用时每段时间一圈）；只有 -G 时写满这么多个就不再写"),
    ("parquet", Write, false, "另把分析写成 Parquet 表，供引擎查询：DIR/表名/part-00000.parquet\n\n照常输出摘要（-q 时不输出）；表和列见 wirenotes notes tables。用 --packets 时还有 packets 表，文本仍只输出摘要。"),
    ("texts", Write, false, "--parquet 的表中也写出讲解全文"),
    ("overwrite", Write, false, "替换 --parquet 的目录中已有的表"),
    ("packets", Show, true, "每个报文一行或一条记录"),
    ("live.packets", Show, false, "每个报文一行或一条记录（没有 -q 时即如此）"),
    ("only", Select, false, "只要一种记录（JSON）：packet、conversation、finding 或 summary"),
    ("conversation", Select, true, "只看这个会话；文本输出画成梯形图\n\n会话用编号指明，或用 ADDR:PORT、ADDR、:PORT，或用逗号连接其中两个。"),
    ("kind", Select, true, "只要这些种类的注解，如 tcp.reset\n\n可以用 'tcp.retransmission.*' 这样的式样；文本只列出带有这种注解的报文。"),
    ("frame", Input, false, "怎样在 TCP 流中划分消息\n\nline 以换行结束，fixed:N 每条 N 字节，或由前面的长度划分：len:u8、len:u16be、len:u16le、len:u32be、len:u32le。不指定时由内容判断。"),
    ("notes", Show, false, "哪些讲解写出全文\n\nfull 全部，first 只在一种首次出现时，none 只写名称。不指定时为 first，不超过 50 个报文的单个会话为 full。"),
    ("unfold", Show, false, "长梯形图中的普通报文也逐个画出"),
    ("overhead", Show, false, "给每个报文写出头部开销"),
    ("tcpdump_time", Show, true, "时间写法同 tcpdump：从 -t 到 -ttttt\n\n-t 不写时间，-tt 自 1970 年起的秒数，-ttt 距上一行，-tttt 日期和时刻，-ttttt 距第一个报文。"),
    ("live.tcpdump_time", Show, false, "时间写法同 tcpdump：从 -t 到 -ttttt\n\n-t 不写时间，-tt 自 1970 年起的秒数，-ttt 距上一行，-tttt 日期和时刻，-ttttt 距第一个报文。"),
    ("live.bytes_hex_and_text", Show, false, "以十六进制和文字列出每个报文的字节\n\n从网络层头部起；-XX 从链路层起。"),
    ("time", Show, false, "时间写法同 tshark -t：r 距第一个报文，d 距上一个，a 时刻，ad 日期和时刻，e 自 1970 年起的秒数"),
    ("utc", Show, false, "时刻用 UTC，而不是本地时区"),
    ("bytes_hex", Show, false, "以十六进制列出每个报文的字节，从网络层头部起（-xx：从链路层起）"),
    ("bytes_hex_and_text", Show, true, "以十六进制和文字列出每个报文的字节\n\n从网络层头部起；-XX 从链路层起。"),
    ("bytes_text", Show, false, "以文字列出每个报文的字节，从网络层头部起"),
    ("link_header", Show, false, "列出每个报文的链路层：MAC 地址、类型、VLAN、长度"),
    ("numbers", Show, false, "每个报文一行；这里每行本来就以编号开头"),
    ("sort", Show, true, "按什么排序\n\nharm 受损最重的在前，start 最早的在前，其余都是最多的在前（rtt 为往返时间的中位数，wait 为等待应答的最长时间）。"),
    ("top", Show, true, "列出多少行：不指定时为 20 行，供脚本用的格式为全部"),
    ("join", Input, false, "几个抓包文件连成一个，不论相隔多久"),
    ("apart", Input, false, "会话不从一个抓包文件延续到下一个\n\n不用它和 --join 时，下一个在上一个结束后一分钟之内开始的才延续。"),
    ("max_memory", Input, false, "最多用这么多内存，如 256M 或 4G\n\n超出时提前结束空闲最久的会话，并计入统计。不指定时为机器内存的四分之一，至多 2G。"),
    ("fail_on", Stop, true, "出现这么严重的情况时退出状态为 3\n\n只看通过 --kind 的；原因写在标准错误上。"),
    ("threads", Input, false, "最多用 N 个线程；无论多少，输出都相同\n\n不指定时等于处理器数目，用不上的不开。"),
    ("numeric", Show, false, "接受但不起作用：从不查询名称（-nn 亦然）"),
    ("line_buffered", Show, false, "接受但不起作用：等待后续报文之前，已知的总会先写出"),
    ("packet_buffered", Write, false, "接受但不起作用：-w 在等待下一个报文之前总会写出前一个"),
    ("no_checksums", Input, false, "不验证校验和，也不提它"),
    ("display_filter", Select, false, "tshark 的显示过滤器：这里用 -f、--kind 或 --conversation"),
    ("tree", Show, false, "tshark 的报文详情：这里用 explain"),
    ("output_format", Show, false, "tshark 的输出格式：这里用 --format"),
    ("statistics", Show, false, "tshark 的统计：这里用 conversations、hosts、follow，或看摘要、-v"),
    ("ring_buffer", Write, false, "tshark 的循环文件：这里用 -C、-G 和 -W"),
    ("list", Input, false, "列出可以抓包的接口，然后结束"),
    ("autostop", Stop, false, "满足条件时停止：duration:SECONDS（秒）或 packets:N（个），可以多次给出"),
    #[cfg(feature = "view")]
    ("view", Show, false, "边抓包边在查看器里看"),
    ("summary_every", Show, false, "每隔这么久显示一次到目前为止的摘要，如 5s"),
    ("snapshot_length", Input, false, "每个报文保留这么多字节（0 为全部）"),
    ("buffer", Input, false, "内核缓冲区的大小，单位 KiB"),
    ("not_promiscuous", Input, false, "不用混杂模式：只要发给本机的"),
    ("user", Input, false, "打开接口后改用这个用户的身份\n\n不指定时为调用 sudo 的用户。"),
    ("explain.words", Input, true, "抓包文件和其中报文的编号；- 为标准输入\n\n编号即 analyze --packets 所列的编号，可以给几个；- 表示从标准输入读取粘贴的文字。"),
    ("graph.words", Input, true, "抓包文件（- 为标准输入），以及其中的一个会话\n\n会话用编号指明，或用 ADDR:PORT、ADDR、:PORT，或用逗号连接其中两个；也可以像 analyze 那样用 KEY:VALUE 选择。其余的词是抓包过滤器。"),
    ("graph_kind", Show, true, "画什么随时间的变化\n\nsequence：发送、确认、重发和窗口；rtt：往返时间；flight：在途字节；throughput：每秒比特数；window：接收窗口；ladder：报文画成双方之间的箭头（梯形图）。"),
    ("side", Select, true, "画哪一方的字节；不指定时为发送较多的一方"),
    ("output", Write, true, "把网页写到这个文件（- 为标准输出）"),
    ("captures", Input, true, "同一抓包点的抓包文件（- 为标准输入）"),
    ("folder", Write, true, "把各个桶写进这个目录"),
    ("buckets", Write, true, "分成多少个桶：最多 65535"),
    ("base", Write, true, "第一个报文之前那个报文在整体中的编号"),
    ("payload", Show, true, "显示数据内容，只要它是文字\n\n其中的口令、cookie 和令牌仍然隐藏，除非给出 --secrets show。"),
    ("svg", Write, true, "把图写到这个文件，格式为 SVG（- 为标准输出）"),
    ("follow.hex", Show, true, "以十六进制和文字列出字节"),
    ("raw", Show, true, "原样写出一方的字节，此外什么也不写：client 或 server\n\n其中的口令和令牌不隐藏；缺少的部分在标准错误上说明。"),
    ("hex", Input, true, "报文本身，十六进制或任何转储格式（可以多次给出）"),
    ("link", Input, true, "字节的链路类型：ethernet、ip、null…\n\n也可以是 linux-sll 或 LINKTYPE 编号。不指定时以抓包文件所说为准；粘贴的字节则由程序猜测。"),
    ("field", Select, true, "只看这个字段，如 tcp.flags"),
    ("compare", Show, true, "两个报文并排比较"),
    ("name", Select, true, "主题（两种语言的名称均可）或注解种类\n\n如 tcp-handshake、握手、close wait；种类如 tcp.reset，或 'tcp.*' 这样的式样。"),
    ("search", Select, true, "在全部笔记中查找同时含有这些词的地方"),
    ("shell", Show, true, "哪一种 shell"),
    ("man.command", Show, true, "命令名，如 wirenotes-analyze(1) 中的 analyze"),
    ("help", Show, true, "显示帮助（-h 简短，--help 完整）"),
    ("version", Show, false, "显示版本"),
    ("format", Show, true, "输出格式"),
    ("lang", Show, false, "文字的语言\n\n不指定时取自 LC_ALL、LC_MESSAGES、LANG。"),
    ("color", Show, false, "何时用颜色：auto 指输出到终端且没有设置 NO_COLOR 时"),
    ("no_pager", Show, false, "超过一屏的内容也不经过 $PAGER"),
    ("secrets", Show, false, "口令、cookie 和令牌：hide 隐藏，show 显示\n\nAuthorization、Cookie、Set-Cookie 的值，名为 token、key、password 等的参数，以及 JSON Web Token，在所有输出中都被替换；相同的值编号相同。-w 写出的报文照原样复制。"),
    ("quiet", Show, false, "少说：只留值得注意的，不给提示，不显示进度"),
    ("verbose", Show, false, "多说：给出详细形式，并在标准错误上报告过程（也可写 -vv）"),
];

#[rustfmt::skip]
const COMMANDS: &[(&str, &str)] = &[
    ("wirenotes", "读懂报文：跟踪每个会话，用报文自己的数字检验每条规则，并用平实的话讲解。"),
    ("analyze", "读取抓包文件，给出带讲解的分析"),
    ("conversations", "以表格列出会话：排好序，并按词选择"),
    ("hosts", "列出每台主机和每个监听端口被问了什么、答了什么、拒绝和泄漏了什么"),
    ("visits", "把每次访问的时间画成条形：用在了哪里"),
    ("view", "在终端里查看抓包：从问题一直到报文"),
    ("follow", "写出一个会话双方所说的内容"),
    ("graph", "把一个会话随时间的变化画成图"),
    ("report", "写出一个独立的网页，给没有终端的人看"),
    ("deal", "把一份抓包按会话分成若干桶"),
    ("live", "在接口上抓包，边到边讲解，最后给出摘要"),
    ("explain", "逐字段解释一个报文"),
    ("notes", "列出、阅读或查找笔记"),
    ("interfaces", "列出 live 可以抓包的接口"),
    ("schema", "输出全部记录的 JSON Schema"),
    ("completions", "输出某种 shell 的补全脚本"),
    ("man", "输出手册页；给出命令名则为该命令的"),
];

/// The row of a command's argument, and its place: arguments are shown in the
/// order of the table.
fn row(command: &str, id: &str) -> Option<(usize, &'static Row)> {
    let own = format!("{command}.{id}");
    let named = |name: &str| {
        let mut rows = ARGUMENTS.iter().enumerate();
        rows.find(|(_, (known, ..))| *known == name)
    };
    named(&own).or_else(|| named(id))
}

/// The command line's definition with its help in this language; `short`: as
/// `-h` shows it, with few arguments and in one group.
pub fn with_help(mut command: Command, lang: Lang, short: bool) -> Command {
    let name = command.get_name().to_owned();
    if lang == Lang::Zh {
        command = in_chinese(command, &name);
    }
    command = command.mut_args(|argument| arranged(argument, &name, lang, short));
    let names: Vec<String> = command
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    for name in names {
        // The short help leaves out what is asked for once, if ever.
        let hide = short
            && ["deal", "interfaces", "schema", "completions", "man"].contains(&name.as_str());
        command =
            command.mut_subcommand(name, |command| with_help(command, lang, short).hide(hide));
    }
    command
}

fn in_chinese(mut command: Command, name: &str) -> Command {
    if let Some((_, about)) = COMMANDS.iter().find(|(known, _)| *known == name) {
        command = command.about(*about).long_about(*about);
    }
    if let Some(examples) = super::examples::in_chinese(name) {
        command = command.after_long_help(examples);
    }
    if command.get_after_help().is_some() {
        command = command.after_help("完整的帮助见 --help。");
    }
    command
        .subcommand_help_heading("命令")
        .help_template("{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}")
}

fn arranged(argument: Arg, command: &str, lang: Lang, short: bool) -> Arg {
    let Some((place, row)) = row(command, argument.get_id().as_str()) else {
        return argument;
    };
    let (_, group, is_short, zh) = row;
    let heading = match short {
        true => lang.pick("Options", "选项"),
        false => group.name(lang),
    };
    let mut argument = argument
        .help_heading(heading)
        .hide_short_help(!is_short)
        .display_order(place);
    if short && argument.get_action().takes_values() {
        argument = argument.hide_possible_values(true).hide_default_value(true);
    }
    match lang {
        Lang::En => argument,
        Lang::Zh => chinese_argument(argument, zh, short),
    }
}

/// An argument with its help in Chinese, and what clap would add to it in English.
fn chinese_argument(mut argument: Arg, zh: &str, short: bool) -> Arg {
    let joined = |all: Vec<String>| all.join("、");
    let mut more = String::new();
    let defaults = argument.get_default_values().iter();
    let defaults = joined(
        defaults
            .map(|value| value.to_string_lossy().into_owned())
            .collect(),
    );
    if argument.get_action().takes_values() && !short {
        let values = argument.get_possible_values();
        let values = joined(
            values
                .iter()
                .map(|value| value.get_name().to_owned())
                .collect(),
        );
        if !values.is_empty() {
            more.push_str(&format!("［可选：{values}］"));
        }
        if !defaults.is_empty() {
            more.push_str(&format!("［默认：{defaults}］"));
        }
    }
    let (brief, rest) = zh.split_once("\n\n").unwrap_or((zh, ""));
    if argument.get_action().takes_values() {
        argument = argument.hide_possible_values(true).hide_default_value(true);
    }
    let argument = argument.help(format!("{brief}{more}"));
    match rest.is_empty() {
        true => argument.long_help(Resettable::Reset),
        false => argument.long_help(format!("{brief}{more}\n\n{rest}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::definition;
    use super::*;

    fn each(command: &Command, see: &mut dyn FnMut(&Command)) {
        see(command);
        for command in command.get_subcommands() {
            each(command, see);
        }
    }

    #[test]
    fn every_argument_and_command_has_a_group_and_chinese() {
        each(&definition(), &mut |command| {
            let name = command.get_name();
            assert!(
                COMMANDS.iter().any(|(known, _)| *known == name),
                "{name} has no Chinese"
            );
            for argument in command.get_arguments() {
                let id = argument.get_id();
                assert!(
                    row(name, id.as_str()).is_some(),
                    "{name} {id} has no row in the help"
                );
            }
        });
    }

    #[test]
    fn no_row_is_of_an_argument_that_does_not_exist() {
        let mut known = Vec::new();
        each(&definition(), &mut |command| {
            for argument in command.get_arguments() {
                let found = row(command.get_name(), argument.get_id().as_str());
                known.extend(found.map(|(_, (name, ..))| *name));
            }
        });
        for (name, ..) in ARGUMENTS {
            assert!(known.contains(name), "{name}");
        }
    }

    #[test]
    fn the_short_help_of_every_command_fits_a_terminal() {
        for lang in Lang::ALL {
            let mut definition = with_help(definition(), lang, true).term_width(80);
            definition.build();
            each(&definition, &mut |command| {
                let help = command.clone().render_help().to_string();
                let rows = help.lines().count();
                assert!(
                    rows <= 23,
                    "{} has {rows} rows:\n{help}",
                    command.get_name()
                );
            });
        }
    }

    #[test]
    fn the_long_help_is_in_groups() {
        for lang in Lang::ALL {
            let mut definition = with_help(definition(), lang, false);
            definition.build();
            let live = definition.find_subcommand_mut("live").expect("live");
            let help = live.render_long_help().to_string();
            for group in [Input, Select, Show, Write, Stop] {
                let name = format!("{}:", group.name(lang));
                assert!(help.contains(&name), "{name} is missing in\n{help}");
            }
            assert!(!help.contains("Options:") && !help.contains("Arguments:"));
        }
    }
}
