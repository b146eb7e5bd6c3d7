//! The viewer's own words, in both languages.

use crate::notes::Lang;
use crate::report::conversations::Sort;

/// In this language.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words(pub(super) Lang);

impl Words {
    pub(super) fn copied(self, command: &str) -> String {
        format!("{}{command}", self.0.pick("copied: ", "已复制："))
    }

    pub(super) const fn no_command(self) -> &'static str {
        self.0.pick(
            "no command prints this again: the input can be read only once",
            "没有命令能再次输出这些内容：输入只能读一次",
        )
    }

    pub(super) const fn not_written(self) -> &'static str {
        self.0.pick(
            "what is shown cannot be read again, and so not be written",
            "所示内容不能重读，因此无法写出",
        )
    }

    pub(super) const fn only_when_recorded(self) -> &'static str {
        self.0.pick(
            "this is for what is saved: record with -w FILE, then wirenotes view FILE",
            "这要等保存之后：用 -w FILE 抓包，然后 wirenotes view FILE",
        )
    }

    pub(super) const fn events(self) -> &'static str {
        self.0.pick(
            "events, the newest first · space pauses the view",
            "事件，最新的在前 · 空格暂停显示",
        )
    }

    pub(super) const fn too_small(self) -> &'static str {
        self.0.pick("The terminal is too small.", "终端太小。")
    }

    pub(super) const fn reads(self) -> &'static str {
        self.0.pick("reading", "读取中")
    }

    pub(super) const fn works(self) -> &'static str {
        self.0.pick("working…", "处理中…")
    }

    pub(super) const fn paused(self) -> &'static str {
        self.0.pick("paused", "已暂停")
    }

    pub(super) const fn its_conversations(self) -> &'static str {
        self.0.pick("its conversations", "相关会话")
    }

    pub(super) const fn conversations(self) -> &'static str {
        self.0.pick("conversations", "会话")
    }

    pub(super) const fn no_conversation(self) -> &'static str {
        self.0
            .pick("It belongs to no conversation.", "它不属于任何会话。")
    }

    pub(super) const fn nothing_wrong(self) -> &'static str {
        self.0
            .pick("No warning and no error.", "没有警告，也没有错误。")
    }

    pub(super) const fn nothing_yet(self) -> &'static str {
        self.0.pick(
            "No warning and no error so far.",
            "目前没有警告，也没有错误。",
        )
    }

    pub(super) const fn its_course(self) -> &'static str {
        self.0.pick("over time", "随时间")
    }

    pub(super) const fn bytes_over_time(self) -> &'static str {
        self.0.pick("bytes", "字节")
    }

    pub(super) const fn open_over_time(self) -> &'static str {
        self.0.pick("open conversations", "打开的会话")
    }

    pub(super) const fn sent_again_over_time(self) -> &'static str {
        self.0.pick("segments sent again", "重发的段")
    }

    pub(super) const fn waits_for_names(self) -> &'static str {
        self.0.pick("waits for DNS", "等待 DNS")
    }

    pub(super) const fn waits_for_web(self) -> &'static str {
        self.0.pick("waits for HTTP", "等待 HTTP")
    }

    /// The span that is marked, and what can be done with it.
    pub(super) fn marked(self, time: &str) -> String {
        match self.0 {
            Lang::En => {
                format!("time:{time}   ← → move, m marks from here, Enter lists its conversations")
            }
            Lang::Zh => format!("time:{time}   ← → 移动，m 从这里起标记，回车列出其中的会话"),
        }
    }

    pub(super) const fn at_most(self) -> &'static str {
        self.0.pick("at most", "最多")
    }

    pub(super) const fn no_times(self) -> &'static str {
        self.0.pick("No packet has a time.", "没有报文带有时间。")
    }

    pub(super) const fn packet_beneath(self) -> &'static str {
        self.0.pick("packet", "报文")
    }

    pub(super) const fn select(self) -> &'static str {
        self.0.pick("select: ", "选择：")
    }

    pub(super) const fn write_to(self) -> &'static str {
        self.0.pick("write packets to: ", "写入文件：")
    }

    /// The name of an order, as it stands in a title.
    pub(super) fn sorted(self, sort: &str) -> String {
        debug_assert!(Sort::NAMED.iter().any(|(name, _)| *name == sort));
        let zh = match sort {
            "harm" => "危害",
            "start" => "开始",
            "duration" => "时长",
            "packets" => "报文数",
            "bytes" => "字节数",
            "sent-again" => "重发",
            "rtt" => "往返时间",
            _ => "等待",
        };
        match self.0 {
            Lang::En => format!("sorted by {sort}"),
            Lang::Zh => format!("按{zh}排序"),
        }
    }

    /// The keys that matter at the foot of the screen, the first most.
    pub(super) const fn hints(self) -> [(&'static str, &'static str); 8] {
        [
            ("?", self.0.pick("keys", "按键")),
            ("q", self.0.pick("back", "返回")),
            ("Enter", self.0.pick("open", "打开")),
            ("Tab", self.0.pick("pane", "窗格")),
            ("/", self.0.pick("select", "选择")),
            ("n", self.0.pick("note", "笔记")),
            ("y", self.0.pick("copy command", "复制命令")),
            ("L", self.0.pick("中文", "English")),
        ]
    }

    /// All keys and what they do.
    pub(super) const fn keys(self) -> [(&'static str, &'static str); 19] {
        [
            (
                "1 … 8",
                self.0
                    .pick("the views, as they stand above", "各个视图，如上方所列"),
            ),
            ("↑ ↓  k j", self.0.pick("move", "移动")),
            ("PgUp PgDn", self.0.pick("a screen", "一屏")),
            ("Home G", self.0.pick("beginning, end", "开头、末尾")),
            (
                "Enter →",
                self.0.pick("open what is selected", "打开所选内容"),
            ),
            (
                "Esc ←  q",
                self.0.pick(
                    "back; at the first screen q ends it",
                    "返回；在第一层按 q 结束",
                ),
            ),
            ("Tab", self.0.pick("the other pane", "另一个窗格")),
            (
                "/",
                self.0.pick(
                    "select conversations, as in port:443 rtt:50ms..",
                    "选择会话，如 port:443 rtt:50ms..",
                ),
            ),
            (
                "< >",
                self.0
                    .pick("sort conversations by another column", "会话按另一列排序"),
            ),
            (
                "e",
                self.0.pick(
                    "explain the packet, with what is around it",
                    "解释报文，连同前后的报文",
                ),
            ),
            (
                "f",
                self.0.pick(
                    "what both sides of the conversation said",
                    "会话双方所说的内容",
                ),
            ),
            (
                "g",
                self.0.pick(
                    "what the conversation did over time, as a picture",
                    "会话随时间的变化，画成图",
                ),
            ),
            (
                "u",
                self.0.pick(
                    "draw runs of packets one by one, or not",
                    "逐个画出成串的报文，或折叠",
                ),
            ),
            (
                "n",
                self.0
                    .pick("the note on what is selected", "所选内容的笔记"),
            ),
            (
                "y",
                self.0.pick(
                    "copy the command that prints the same",
                    "复制输出同样内容的命令",
                ),
            ),
            (
                "w",
                self.0
                    .pick("write the packets that are shown", "写出所示的报文"),
            ),
            ("L", self.0.pick("中文", "English")),
            ("?", self.0.pick("these keys", "这些按键")),
            ("Ctrl-C", self.0.pick("end", "结束")),
        ]
    }
}
