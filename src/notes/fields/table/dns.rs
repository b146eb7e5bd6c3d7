//! Fields of a DNS message: header, questions, and what all records have.

super::table! {
    "dns.id" "id" "编号" "the answer repeats it: pairs it with its question" "应答照样带回，用来与询问配对";
    "dns.flags" "flags" "标志" "question or answer, and how it was made" "是询问还是应答，以及如何得来";
    "dns.flags.response" "response" "应答（QR）" "an answer; not set: a question" "这是应答；未设置则是询问";
    "dns.flags.opcode" "operation" "操作码" "0: an ordinary query" "0：普通查询";
    "dns.flags.authoritative" "authoritative" "权威（AA）" "from a server that is responsible for the name, not from a cache" "来自负责该名字的服务器，而不是缓存";
    "dns.flags.truncated" "truncated" "截断（TC）" "did not fit: ask again over TCP" "装不下：请改用 TCP 再问";
    "dns.flags.recursion_desired" "recursion desired" "期望递归（RD）" "asks the server to find the answer itself, wherever it is" "请服务器自己去找到答案";
    "dns.flags.recursion_available" "recursion available" "可递归（RA）" "the server does that" "服务器提供递归查询";
    "dns.flags.reserved" "reserved" "保留位" "must be 0" "必须为 0";
    "dns.flags.authentic_data" "authentic data" "已验证（AD）" "the signatures were checked (DNSSEC); in a query: wants to know" "签名已经验证（DNSSEC）；在询问中表示想知道";
    "dns.flags.checking_disabled" "checking disabled" "不验证（CD）" "the asker checks signatures itself" "由询问者自己验证签名";
    "dns.flags.response_code" "response code" "应答码" "how it went" "结果如何";
    "dns.count.questions" "questions" "问题数" "how many questions follow" "后面有几个问题";
    "dns.count.answers" "answers" "回答数" "how many answers follow" "后面有几条回答";
    "dns.count.authorities" "authorities" "权威记录数" "records on who is responsible" "说明由谁负责的记录";
    "dns.count.additionals" "additionals" "附加记录数" "records that may spare another question" "可以省去再次询问的记录";
    "dns.rest" "(rest)" "（其余）" "bytes that could not be read as a record" "无法当作记录读出的字节";
    "dns.data.rest" "(rest of the data)" "（其余数据）" "bytes that do not belong to this type of record" "不属于此类记录的字节";
    "dns.question" "question" "问题" "what is asked" "所问的内容";
    "dns.question.name" "name" "名字" "the name asked for" "所问的名字";
    "dns.question.type" "type" "类型" "which kind of record is wanted" "想要哪种记录";
    "dns.question.class" "class" "类别" "1: the Internet" "1：互联网";
    "dns.question.unicast_response" "unicast response" "单播应答" "answer to me alone (mDNS)" "请只回答我（mDNS）";
    "dns.answer" "answer" "回答" "a record that answers the question" "回答问题的一条记录";
    "dns.authority" "authority" "权威记录" "a record on who is responsible" "说明由谁负责的一条记录";
    "dns.additional" "additional" "附加记录" "a record that may be useful" "可能用得上的一条记录";
    "dns.record.name" "name" "名字" "what the record is about" "记录所说的名字";
    "dns.record.type" "type" "类型" "which kind of record" "哪种记录";
    "dns.record.class" "class" "类别" "1: the Internet" "1：互联网";
    "dns.record.cache_flush" "cache flush" "刷新缓存" "replaces what was known before (mDNS)" "取代以前的记录（mDNS）";
    "dns.record.ttl" "time to live" "有效期（TTL）" "seconds that it may be kept in a cache" "可以缓存的秒数";
    "dns.record.data_length" "data length" "数据长度" "bytes of data that follow" "后面数据的字节数";
    "dns.record.data" "data" "数据" "what the record says" "记录的内容";
    "dns.data" "data" "数据" "data of a type that is not decoded" "没有解码的数据";
    "dns.opt.udp_size" "UDP size" "UDP 大小" "the largest answer that the sender takes over UDP" "发送方能接收的最大 UDP 应答";
    "dns.opt.upper_response_code" "upper response code" "应答码高位" "upper eight bits of the response code" "应答码的高八位";
    "dns.opt.version" "version" "版本" "of EDNS; 0" "EDNS 的版本，为 0";
    "dns.opt.dnssec_ok" "DNSSEC OK" "接受 DNSSEC（DO）" "signatures are welcome" "可以带上签名";
    "dns.opt.reserved" "reserved" "保留" "not used; 0" "未使用，为 0";
    "dns.opt.option" "option" "选项" "one option of EDNS" "EDNS 的一个选项";
    "dns.opt.option.code" "code" "代码" "which option" "是哪个选项";
    "dns.opt.option.length" "length" "长度" "bytes of the option's data" "选项数据的字节数";
    "dns.opt.option.data" "data" "数据" "what the option says" "选项的内容";
}
