//! The examples in Chinese that the long help shows behind the flags; those in
//! English stand beside the commands.

/// The examples of a command.
pub fn in_chinese(command: &str) -> Option<&'static str> {
    Some(match command {
        "wirenotes" => PROGRAM,
        "analyze" => ANALYZE,
        "conversations" => CONVERSATIONS,
        "hosts" => HOSTS,
        "visits" => VISITS,
        "view" => VIEW,
        "follow" => FOLLOW,
        "graph" => GRAPH,
        "report" => REPORT,
        "deal" => DEAL,
        "live" => LIVE,
        "explain" => EXPLAIN,
        _ => return None,
    })
}

const PROGRAM: &str = "\
示例：
  wirenotes capture.pcap                     里面有什么，什么值得注意
  wirenotes analyze capture.pcap --packets   每个报文，附讲解
  wirenotes analyze capture.pcap --conversation 1
                                             一个会话的梯形图
  wirenotes conversations capture.pcap       各个会话，排好序
  wirenotes hosts capture.pcap               谁问了谁，结果如何
  wirenotes follow capture.pcap 1            一个会话双方所说的内容
  wirenotes graph capture.pcap 1             一个会话随时间的变化，画成图
  wirenotes report capture.pcap -o report.html
                                             全部内容写成一个网页，可以转交
  sudo wirenotes live -i eth0                抓包的同时做同样的事
  wirenotes explain capture.pcap 10          逐字段解释一个报文
  wirenotes notes 三次握手                   读一篇笔记
  wirenotes notes tcp.reset                  一种注解的含义
  wirenotes < capture.pcap                   从标准输入读取";

const ANALYZE: &str = "\
示例：
  wirenotes analyze capture.pcapng.gz
  wirenotes analyze capture.pcap --packets --kind 'tcp.retransmission.*'
  wirenotes analyze capture.pcap --conversation 3
  wirenotes analyze capture.pcap --conversation 10.0.0.1:3572
  wirenotes analyze capture.pcap port:3001 state:close_wait
                                             只看这样的会话
  wirenotes analyze -r capture.pcap -nn -tttt -X port 53 and host 10.0.0.1
  wirenotes analyze capture.pcap --format ndjson --only packet | jq .annotations
  wirenotes analyze capture.pcap --fail-on error
  wirenotes analyze capture.pcap -w annotated.pcapng
                                             讲解写进文件，Wireshark 可以显示
  tcpdump -i eth0 -w - | wirenotes analyze -

退出状态：0 完成；1 有内容无法读取或写出；2 用法不对；3 触发了 --fail-on；
130 被中断。";

const CONVERSATIONS: &str = "\
示例：
  wirenotes conversations capture.pcap       受损最重的会话
  wirenotes conversations capture.pcap --sort rtt --top 5
  wirenotes conversations capture.pcap state:close_wait port:3001
  wirenotes conversations capture.pcap host:10.9.0.0/16 sent-again:1..
  wirenotes conversations capture.pcap kind:'tcp.handshake.*' --top all
  wirenotes conversations capture.pcap time:11:26:15 --sort start
  wirenotes conversations capture.pcap --format csv > conversations.csv

所有的词都要符合。time 是距第一个报文的秒数，或本地时刻（加 --utc 为 UTC），
或带日期的时刻，如 2026-11-30T11:26:15+08:00。";

const HOSTS: &str = "\
示例：
  wirenotes hosts capture.pcap               谁被访问，谁去访问
  wirenotes hosts capture.pcap port:53
  wirenotes hosts capture.pcap --top all --format csv > hosts.csv";

const VISITS: &str = "\
示例：
  wirenotes visits capture.pcap              解析、连接、等待、响应：画成条形
  wirenotes visits capture.pcap host:10.0.0.1
  wirenotes visits capture.pcap --top all --format ndjson > visits.ndjson";
const VIEW: &str = "\
示例：
  wirenotes view capture.pcap                按 ? 列出按键，按 q 结束
  wirenotes view capture.pcap port:443 rtt:50ms..
  wirenotes view capture.pcap tcp port 3001
  ssh gateway cat capture.pcap.gz | wirenotes view -

按 y 复制输出同样内容的命令。";

const FOLLOW: &str = "\
示例：
  wirenotes follow capture.pcap 3            会话 3 双方所说的内容
  wirenotes follow capture.pcap 10.0.0.1:3572
  wirenotes follow capture.pcap name:www.example.com port:80
  wirenotes follow capture.pcap 3 --hex
  wirenotes follow capture.pcap 3 --raw server > body.bin
  wirenotes follow capture.pcap 3 --format ndjson | jq -r .bytes

缺少的内容和重发的内容各占一行；用 --raw 时，缺少的内容在标准错误上说明。";

const GRAPH: &str = "\
示例：
  wirenotes graph capture.pcap 3             字节、确认、窗口
  wirenotes graph capture.pcap 10.0.0.1:3572 --kind rtt
  wirenotes graph capture.pcap 3 --side client --kind flight
  wirenotes graph capture.pcap 3 --svg graph.svg
  wirenotes graph capture.pcap 3 --kind ladder --svg ladder.svg

每个字母是一个有讲解的报文：T 为超时重传，F 为快速重传，等等；图例列出其中
出现的。";

const REPORT: &str = "\
示例：
  wirenotes report capture.pcap -o report.html
  wirenotes report capture.pcap port:443 -o report.html
                                             只有这样的会话
  wirenotes report capture.pcap --payload -o report.html

网页不需要网络和别的文件，也便于打印。抓包要读两遍，因此不能来自管道。";

const LIVE: &str = "\
示例：
  wirenotes live                             第一个已启用的接口
  wirenotes live -i eth0 tcp port 443        后面的词就是过滤器
  wirenotes live -i any -q                   只看值得注意的
  wirenotes live -i eth0 --duration 60s --fail-on error
  wirenotes live -i eth0 --format ndjson | jq .annotations
  ssh host sudo tcpdump -w - | wirenotes live -r -

按 Ctrl-C 结束并给出摘要，SIGTERM 和 SIGHUP 也是；SIGUSR1 显示到目前为止的摘要。
抓包需要权限：用 sudo 运行（之后改用调用 sudo 的用户的身份），或者一次性
给程序授予能力，程序会说明怎么做。

退出状态：0 完成，Ctrl-C 亦然；1 无法抓包，或接口已被删除；2 用法不对；
3 触发了 --fail-on。";

const EXPLAIN: &str = "\
示例：
  wirenotes explain capture.pcap 10          第 10 号报文及其前后
  wirenotes explain capture.pcap 1 4 --compare
                                             两个报文并排比较
  wirenotes explain capture.pcap 10 --field tcp.flags
  wirenotes explain --hex '45 00 00 30 ee e8 40 00 40 06 ...'
  tcpdump -XX -c 1 | wirenotes explain -     文字中的报文
  wirenotes explain                          在提示下粘贴

粘贴的文字可以是 tcpdump、tshark、Wireshark、xxd、hexdump、od 的输出，成组或不
成组的数字，源代码中的数组和字符串，或 base64；链路类型由程序猜测，并会说明。

退出状态：0 完成；1 没有这个报文，或什么也没读懂；2 用法不对。";

const DEAL: &str = "\
示例：
  wirenotes deal monday.pcap tuesday.pcap -w dealt --buckets 64
  wirenotes analyze dealt/bucket=00007/*.pcapng
                                             一个桶里的会话
  wirenotes deal tuesday.pcap -w dealt --buckets 64 --base 1000000
                                             接在 monday 的一百万个报文之后

一个会话的全部报文都进同一个桶，每个都带着它在整体中的编号（epb_packetid）；
dealt/_pieces.ndjson 列出分了什么。";

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn the_examples_fit_a_terminal() {
        for examples in [
            PROGRAM,
            ANALYZE,
            CONVERSATIONS,
            HOSTS,
            VISITS,
            FOLLOW,
            GRAPH,
            REPORT,
            LIVE,
            EXPLAIN,
        ] {
            for line in examples.lines() {
                assert!(line.width() <= 80, "{line}");
            }
        }
    }
}
