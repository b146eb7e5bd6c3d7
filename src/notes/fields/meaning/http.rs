//! What the fields of a head mean (RFC 9110, RFC 9111; others are named).

use super::super::Spot;
use crate::decode::FieldValue;
use crate::decode::http::{StatusClass, is_idempotent, is_safe};
use crate::notes::Lang;

/// The meaning by what field it is.
pub fn http(spot: &Spot<'_>) -> Option<String> {
    let FieldValue::Text(text) = &spot.field.value else {
        return None;
    };
    let lang = spot.scene.lang;
    match spot.field.name {
        "http.request.method" => Some(method(text, lang).to_owned()),
        "http.response.status" => Some(status(text.parse().ok()?, lang).to_owned()),
        "http.header" => header(text, lang).map(str::to_owned),
        _ => None,
    }
}

fn method(method: &str, lang: Lang) -> &'static str {
    match method {
        "GET" => lang.pick(
            "fetch it; safe: changes nothing",
            "取回；安全：不改变任何东西",
        ),
        "HEAD" => lang.pick("as GET, but send the head alone", "同 GET，但只要头部"),
        "POST" => lang.pick(
            "hand this over for processing; twice is not as good as once",
            "提交处理；做两次和做一次不一样",
        ),
        "PUT" => lang.pick("store this there; idempotent", "存放到该处；幂等"),
        "DELETE" => lang.pick("remove it; idempotent", "删除；幂等"),
        "OPTIONS" => lang.pick("ask what may be done", "询问允许做什么"),
        "CONNECT" => lang.pick("open a tunnel through the proxy", "经代理打开隧道"),
        _ if is_safe(method) => lang.pick("safe: changes nothing", "安全：不改变任何东西"),
        _ if is_idempotent(method) => lang.pick("idempotent", "幂等"),
        _ => lang.pick("changes something", "会改变东西"),
    }
}

fn status(code: u16, lang: Lang) -> &'static str {
    match StatusClass::of(code) {
        StatusClass::Informational => lang.pick(
            "1xx: an answer before the answer",
            "1xx：正式响应之前的通知",
        ),
        StatusClass::Successful => lang.pick("2xx: it succeeded", "2xx：成功"),
        StatusClass::Redirection => lang.pick(
            "3xx: elsewhere, or what you have",
            "3xx：在别处，或用已有的",
        ),
        StatusClass::ClientError => lang.pick("4xx: the request is at fault", "4xx：请求有问题"),
        StatusClass::ServerError => lang.pick("5xx: the server failed", "5xx：服务器出错"),
        StatusClass::Unknown => lang.pick("no class that is known", "未知的类别"),
    }
}

/// What a field is for, by its name.
fn header(line: &str, lang: Lang) -> Option<&'static str> {
    let name = line.split(':').next()?.trim_end().to_ascii_lowercase();
    HEADERS
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|(_, en, zh)| *lang.pick(en, zh))
}

/// Fields by name, in lower case.
#[rustfmt::skip]
const HEADERS: &[(&str, &str, &str)] = &[
    ("accept", "media types that the client takes", "客户端接受的媒体类型"),
    ("accept-encoding", "codings that the client can undo", "客户端能解开的编码"),
    ("accept-language", "languages that the reader knows", "读者会的语言"),
    ("accept-ranges", "parts may be asked for", "可以只要一部分"),
    ("access-control-allow-credentials", "cookies may go along from elsewhere (CORS)", "允许跨源携带 cookie（CORS）"),
    ("access-control-allow-headers", "fields that another origin may send (CORS)", "其他源可以发送的字段（CORS）"),
    ("access-control-allow-methods", "methods that another origin may use (CORS)", "其他源可以使用的方法（CORS）"),
    ("access-control-allow-origin", "which origin may read the answer (CORS)", "哪个源可以读取响应（CORS）"),
    ("access-control-max-age", "how long the permission may be remembered (CORS)", "许可可以记住多久（CORS）"),
    ("access-control-request-headers", "fields that the page would send (CORS)", "页面想发送的字段（CORS）"),
    ("access-control-request-method", "the method that the page would use (CORS)", "页面想使用的方法（CORS）"),
    ("age", "seconds that a cache has kept it", "缓存已保存的秒数"),
    ("authorization", "who asks, with a proof", "请求者的身份凭据"),
    ("cache-control", "who may keep it, and for how long", "谁可以缓存、缓存多久"),
    ("connection", "whether the connection goes on, and what concerns it alone", "连接是否保持，以及只与本连接有关的内容"),
    ("content-encoding", "how the content is compressed", "内容的压缩方式"),
    ("content-length", "bytes of the body", "消息体的字节数"),
    ("content-type", "what the body is", "消息体的类型"),
    ("cookie", "what the server had the client keep", "服务器让客户端保存的内容"),
    ("date", "when the message was made", "消息生成的时间"),
    ("etag", "the version of what is sent, for asking again", "内容的版本标识，供下次询问"),
    ("expect", "100-continue: wait for leave before the body", "100-continue：先等许可再发消息体"),
    ("host", "which of the server's sites is meant", "要访问服务器上的哪个站点"),
    ("if-modified-since", "only if it has changed since", "仅当此后有改动"),
    ("if-none-match", "only if it is another version", "仅当版本不同"),
    ("keep-alive", "how long an idle connection stays open", "空闲连接保持多久"),
    ("last-modified", "when it was last changed", "最后修改时间"),
    ("location", "where to look instead", "改到哪里去取"),
    ("origin", "which site's page asks", "发起请求的页面所属的源"),
    ("proxy-authorization", "who asks the proxy, with a proof", "给代理的身份凭据"),
    ("range", "only this part", "只要这一部分"),
    ("referer", "the page from which the request comes", "请求来自哪个页面"),
    ("retry-after", "when to try again", "多久之后再试"),
    ("sec-websocket-accept", "proves that the server understood the key (RFC 6455)", "证明服务器认得该密钥（RFC 6455）"),
    ("sec-websocket-key", "a random number, no secret (RFC 6455)", "随机数，不是秘密（RFC 6455）"),
    ("server", "the server's software, as it says", "服务器自称的软件"),
    ("set-cookie", "to be kept and sent back", "请保存并在以后带回"),
    ("te", "transfer codings that the client takes", "客户端接受的传输编码"),
    ("trailer", "fields that stand behind the body", "放在消息体之后的字段"),
    ("transfer-encoding", "how the body is framed: chunked, each chunk with its size", "消息体如何分界：chunked，每块带大小"),
    ("upgrade", "another protocol is offered", "提议改用另一协议"),
    ("user-agent", "the client's software, as it says", "客户端自称的软件"),
    ("vary", "request fields on which the answer depends", "响应取决于哪些请求字段"),
    ("via", "proxies that passed it on", "转发过它的代理"),
    ("www-authenticate", "how to prove who you are", "如何证明身份"),
    ("x-forwarded-for", "whom the proxy asks for, as it says", "代理自称替谁请求"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case() {
        assert_eq!(header("HOST: a", Lang::En), header("host : b", Lang::En));
        assert!(header("X-Unknown: a", Lang::En).is_none());
        assert!(HEADERS.is_sorted_by_key(|(name, ..)| *name));
    }
}
