//! Fields of the head of an HTTP message.

super::table! {
    "http.first_line" "first line" "起始行" "what is asked, or how it was answered" "请求什么，或结果如何";
    "http.request.method" "method" "方法" "what is to be done" "要做什么";
    "http.request.target" "target" "目标" "with what: path and query, a whole URL to a proxy" "对什么做：路径与查询；发给代理时是完整 URL";
    "http.version" "version" "版本" "which HTTP the sender speaks" "发送者使用的 HTTP 版本";
    "http.response.status" "status" "状态码" "how it went" "结果如何";
    "http.response.reason" "reason" "原因短语" "the status in words; programs ignore it" "状态码的文字说明，程序不看它";
    "http.space" "(space)" "（空格）" "divides the parts of the line" "分隔行内各部分";
    "http.line_end" "(line end)" "（换行）" "CR LF" "回车换行";
    "http.header" "field" "字段" "a name, a colon, a value; names are compared without case" "名称、冒号、值；比较名称时不分大小写";
    "http.end_of_head" "empty line" "空行" "ends the head; the body follows, if there is one" "头部到此结束；若有消息体，紧随其后";
}
