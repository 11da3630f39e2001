import Settings
import Testing

@Suite struct ValidationTests {
    private func refusal(_ name: String, _ value: SettingValue) throws -> String? {
        var settings = try defaults()
        do {
            try settings.set(name, value, origin: .commandLine)
            return nil
        } catch {
            #expect(error.setting == name)
            return error.text
        }
    }

    private func taken(_ name: String, _ value: SettingValue) throws -> SettingValue {
        var settings = try defaults()
        try settings.set(name, value, origin: .commandLine)
        return settings[name]
    }

    @Test(
        arguments: [
            ("workers", .integer(-3), "Value must be positive: -3"),
            ("workers", "x", "invalid literal for int() with base 0: 'x'"),
            ("workers", .none, "int() can't convert non-string with explicit base"),
            ("preload_app", 1, "Invalid type for casting: 1"),
            ("preload_app", "yes", "Invalid boolean: yes"),
            ("pidfile", 5, "Not a string: 5"),
            ("pidfile", .list(["a"]), "Not a string: ['a']"),
            ("bind", 5, "'int' object is not iterable"),
            ("secure_scheme_headers", "x", "Value is not a dictionary: x "),
            ("user", "nosuch", "No such user: 'nosuch'"),
            ("group", "nosuch", "No such group: 'nosuch'"),
            ("chdir", "/none", "can't chdir to '/none'"),
            ("header_map", "x", "Invalid header map behaviour: x"),
            ("reload_engine", "x", "Invalid reload_engine: 'x'"),
            ("reload_extra_files", .list(["gone"]), "File gone does not exists."),
            ("statsd_host", "h:p", "Value must be one of ('host:port', 'unix://PATH')"),
            ("proxy_protocol", "v3", "proxy_protocol must be: off, v1, v2, or auto"),
            ("http_protocols", "h3", "Invalid protocol 'h3'. Valid protocols: h1, h2"),
            ("http_protocols", "h1,h1", "Duplicate protocols specified"),
            ("http2_cleartext", "x", "Invalid http2_cleartext: x"),
            (
                "http2_max_concurrent_streams", 0,
                "HTTP/2 max concurrent streams must be at least 1: 0"
            ),
            (
                "http2_max_frame_size", 1,
                "http2_max_frame_size must be between 16384 and 16777215, got 1"
            ),
            (
                "http2_initial_window_size", 2_147_483_648,
                "HTTP/2 window size must be at most 2147483647: 2147483648"
            ),
            ("asgi_loop", "x", "Invalid ASGI loop: x"),
            ("asgi_lifespan", "x", "Invalid ASGI lifespan: x"),
            ("http_parser", "x", "http_parser must be one of: auto, fast, python"),
            ("forwarded_allow_ips", "10.0.0.1/8", "10.0.0.1/8 has host bits set"),
            (
                "forwarded_allow_ips", "h",
                "'h' does not appear to be an IPv4 or IPv6 network"
            ),
            ("when_ready", 5, "Value is not callable: 5"),
            (
                "when_ready", "x",
                "Value 'x' is not import string. Format: module[.submodules...].object"
            ),
        ] as [(String, SettingValue, String)]
    )
    func `a wrong value is refused in Gunicorn's words`(
        _ name: String,
        _ value: SettingValue,
        _ text: String
    ) throws {
        #expect(try refusal(name, value) == text)
    }

    @Test(
        arguments: [
            ("workers", "0x4", 4),
            ("workers", true, 1),
            ("workers", " Auto ", 6),
            ("preload_app", " True ", true),
            ("preload_app", .none, .none),
            ("pidfile", "  a ", "a"),
            ("bind", ":80", .list([":80"])),
            ("bind", "", .list([])),
            ("bind", .list([" a ", "b"]), .list(["a", "b"])),
            ("user", "www", 33),
            ("user", "12", 12),
            ("user", .none, 1000),
            ("chdir", "app/../app", "/srv/app"),
            ("header_map", " DROP ", "drop"),
            ("header_map", .none, .none),
            ("proxy_protocol", true, "auto"),
            ("proxy_protocol", "none", "off"),
            ("http_protocols", " H2 ,h1,", .list(["h2", "h1"])),
            ("http2_cleartext", true, "prior-knowledge"),
            ("forwarder_headers", "A, B,,C", .list(["A", "B", "C"])),
            ("forwarded_allow_ips", "10.0.0.0/8, ::1", .list(["10.0.0.0/8", "::1"])),
            ("reload_extra_files", .list(["here", "*.py"]), .list(["here", "*.py"])),
            ("worker_class", .object(7), .object(7)),
            ("on_exit", .object(7), .object(7)),
        ] as [(String, SettingValue, SettingValue)]
    )
    func `a right value is taken and put into its own form`(
        _ name: String,
        _ value: SettingValue,
        _ expected: SettingValue
    ) throws {
        #expect(try taken(name, value) == expected)
    }
}
