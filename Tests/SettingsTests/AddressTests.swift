import Settings
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        ("example.org", BindAddress.tcp(host: "example.org", port: 8000)),
        ("HOST:80", .tcp(host: "host", port: 80)),
        (":80", .tcp(host: "", port: 80)),
        ("", .tcp(host: "0.0.0.0", port: 8000)),
        ("[::1]", .tcp(host: "::1", port: 8000)),
        ("[::1]:80", .tcp(host: "::1", port: 80)),
        ("tcp://h:1", .tcp(host: "h", port: 1)),
        ("unix:a.sock", .unix(path: "a.sock")),
        ("unix:///run/a.sock", .unix(path: "/run/a.sock")),
        ("unix:@x", .unix(path: "@x")),
        ("fd://3", .descriptor(3)),
    ])
    func `each form of address is understood`(_ text: String, _ address: BindAddress) throws {
        #expect(try BindAddress(parsing: text) == address)
    }

    @Test(arguments: [
        ("h:xx", "'xx' is not a valid port number."),
        ("::1", "'' is not a valid port number."),
        ("h:99999", "99999 is not a valid port number: port must be 0-65535."),
        ("fd://x", "'x' is not a valid file descriptor."),
        ("fd://-1", "'-1' is not a valid file descriptor."),
        ("fd://2147483648", "'2147483648' is not a valid file descriptor."),
    ])
    func `a wrong address is refused in one sentence`(_ text: String, _ sentence: String) {
        let error = #expect(throws: SettingError.self) { try BindAddress(parsing: text) }
        #expect(error?.text == sentence)
    }

    @Test func `an address is displayed as in the line that says where we listen`() {
        #expect(BindAddress.tcp(host: "::1", port: 1).display == "http://[::1]:1")
        #expect(BindAddress.unix(path: "/x").display == "unix:/x")
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.0.0.0/8"), ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
        ("10.0.0.0/0.255.255.255", "10.0.0.0/8"), ("1.2.3.4", "1.2.3.4/32"),
        ("::", "::/128"), ("2001:DB8::/32", "2001:db8::/32"),
        ("::ffff:1.2.3.4", "::ffff:102:304/128"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3/128"),
        ("fe80::1%eth0", "fe80::1%eth0/128"),
    ])
    func `a network is read as Python reads it`(_ text: String, _ shown: String) throws {
        #expect(try IPNetwork(parsing: text).description == shown)
    }

    @Test(arguments: [
        "01.2.3.4", "1.2.3", "1.2.3.4/33", "1.2.3.4/255.0.255.0", "1::2::3", ":1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:8:9", "12345::", "::/129", "1.2.3.4/8/8", "", "%eth0",
    ])
    func `what Python does not take for a network is refused`(_ text: String) {
        #expect(throws: SettingError.self) { try IPNetwork(parsing: text) }
    }

    @Test func `peers are believed by network or all together`() {
        let some = TrustedPeers(["10.0.0.0/8", "::1"])
        #expect(some.contains([10, 9, 8, 7]))
        #expect(!some.contains([11, 9, 8, 7]))
        #expect(some.contains([UInt8](repeating: 0, count: 15) + [1]))
        #expect(TrustedPeers(["*"]).contains([1, 2, 3, 4]))
        #expect(!TrustedPeers([]).contains([127, 0, 0, 1]))
    }
}
