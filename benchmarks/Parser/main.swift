import HTTP
import Platform

// The parser alone: reads the head of one browser's request again and again, and says how fast.
//
//     swiftcorn-parser [ROUNDS]
//
// Counted by callgrind with two numbers of rounds, the difference is what a head costs; see
// benchmarks/README.md.

/// A page asked for by a browser: 12 fields, 698 bytes.
let request = """
    GET /wp-content/uploads/2010/03/hello-kitty-darth-vader-pink.jpg HTTP/1.1\r
    Host: www.kittyhell.com\r
    User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r
    Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r
    Accept-Language: en-US,en;q=0.5\r
    Accept-Encoding: gzip, deflate, br, zstd\r
    Connection: keep-alive\r
    Referer: https://www.kittyhell.com/2010/03/\r
    Cookie: wp_ozh_wsa_visits=2; wp_ozh_wsa_visit_lasttime=xxxxxxxxxx; __utma=xxxxxxxxx.xxxxxxxxxx\
    .xxxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.x; __utmz=xxxxxxxxx.xxxxxxxxxx.x.x.utmccn=(referral)\r
    Upgrade-Insecure-Requests: 1\r
    Sec-Fetch-Dest: document\r
    Sec-Fetch-Mode: navigate\r
    Sec-Fetch-Site: same-origin\r
    \r

    """

let rounds = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 0 : 1_000_000
let bytes = Array(request.utf8)
let parser = RequestParser(limits: RequestLimits())
var head = RequestHead()
var fields = 0
let start = Clock.monotonicNanoseconds()
for _ in 0..<rounds {
    var progress = HeadProgress()
    let isComplete = try parser.parse(
        bytes.span,
        from: 0,
        progress: &progress,
        peerIsTrusted: false,
        into: &head
    )
    guard isComplete else { preconditionFailure("the request is not complete") }
    fields &+= head.fields.count
}
let elapsed = max(1, Clock.monotonicNanoseconds() - start)
print("\(bytes.count) bytes, \(rounds == 0 ? 0 : fields / rounds) fields, \(rounds) rounds")
print("\(elapsed / UInt64(max(rounds, 1))) ns a head")
print("\(Double(bytes.count * rounds) / Double(elapsed)) GB/s")
