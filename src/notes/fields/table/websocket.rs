//! Fields of WebSocket frames.

super::table! {
    "websocket.frame" "frame" "帧" "one frame" "一帧";
    "websocket.final" "final" "末帧" "set: the message ends here" "已置位：消息到此结束";
    "websocket.reserved" "reserved" "保留" "0 unless an extension uses it; the first: compressed" "除非扩展使用，否则为 0；第一位表示压缩过";
    "websocket.opcode" "opcode" "操作码" "what the frame is" "是哪种帧";
    "websocket.masked" "masked" "掩码" "set by clients, never by servers" "客户端必须置位，服务器不得置位";
    "websocket.length" "length" "长度" "bytes of payload; 126, 127: in the next field" "载荷字节数；126、127 表示在下一个字段";
    "websocket.extended_length" "extended length" "扩展长度" "bytes of payload" "载荷字节数";
    "websocket.mask" "mask" "掩码值" "each byte is combined with one of these by exclusive or, so that no proxy takes it for HTTP" "逐字节异或，以免代理把内容当成 HTTP";
    "websocket.text" "text" "文本" "without its mask" "已去掉掩码";
    "websocket.data" "data" "数据" "as it stands in the packet" "原样字节";
    "websocket.close.code" "close code" "关闭码" "why it ends; 1000: all is done, 1001: going away" "为何结束；1000：正常，1001：离开";
    "websocket.close.reason" "reason" "原因" "in words" "文字说明";
}
