import CommandLine
import Settings
import Testing

@Suite struct ArgumentParserTests {
    private func values(_ arguments: String...) throws -> [String: SettingValue] {
        try ArgumentParser.parse(arguments).values
    }

    private func mistake(_ arguments: String...) -> String {
        do throws(ArgumentParser.Interruption) {
            _ = try ArgumentParser.parse(arguments)
            return "no mistake"
        } catch {
            if case .mistake(let text) = error { return text }
            return "\(error)"
        }
    }

    @Test(arguments: [
        ["-w2"], ["-w", "2"], ["-w=2"], ["--workers", "2"], ["--workers=2"],
        ["--workers", "9", "-w2"],
        ["-w", " 2 "], ["-w", "+2"],
    ])
    func `each way to write an option gives the same value`(_ arguments: [String]) throws {
        #expect(try ArgumentParser.parse(arguments).values == ["workers": 2])
    }

    @Test func `a number of workers may be auto, in any letters`() throws {
        #expect(try values("-w", "auto")["workers"] == "auto")
        #expect(try values("--workers=AUTO")["workers"] == "auto")
        #expect(mistake("-w", "automatic").hasSuffix("invalid int value: 'automatic'"))
    }

    @Test func `options may be abbreviated, bundled and repeated`() throws {
        #expect(try values("--timeo", "5") == ["timeout": 5])
        #expect(try values("-RD") == ["enable_stdio_inheritance": true, "daemon": true])
        #expect(try values("-RDw3")["workers"] == 3)
        #expect(try values("-b:1", "--bind=:2", "-b", ":3") == ["bind": .list([":1", ":2", ":3"])])
    }

    @Test func `values may begin with a dash, be empty, and hold anything`() throws {
        #expect(try values("--name=-x") == ["proc_name": "-x"])
        #expect(try values("--name", "-1.5") == ["proc_name": "-1.5"])
        #expect(try values("--name", "-a b") == ["proc_name": "-a b"])
        #expect(try values("--name=") == ["proc_name": ""])
        #expect(try values("-e", "A=b = 'c:d'") == ["raw_env": .list(["A=b = 'c:d'"])])
    }

    @Test func `a mode is octal, hexadecimal or decimal`() throws {
        #expect(try values("-m", "0022") == ["umask": 18])
        #expect(try values("-m", "0x12") == ["umask": 18])
        #expect(try values("-m", "18") == ["umask": 18])
    }

    @Test func `a flag with an optional value takes the next word`() throws {
        #expect(try values("--proxy-protocol") == ["proxy_protocol": "auto"])
        #expect(try values("--proxy-protocol", "-R")["proxy_protocol"] == "auto")
        #expect(try values("--proxy-protocol", "v1") == ["proxy_protocol": "v1"])
    }

    @Test func `flags store what they stand for`() throws {
        #expect(
            try values("--no-sendfile", "--preload") == ["sendfile": false, "preload_app": true]
        )
    }

    @Test func `what follows two dashes is positional`() throws {
        let result = try ArgumentParser.parse(["-w", "2", "--", "-x"])
        #expect(result.words.map(\.text) == ["-x"])
        #expect(result.values == ["workers": 2])
    }

    @Test func `mistakes have argparse's words`() {
        #expect(mistake("-w", "abc") == "argument -w/--workers: invalid int value: 'abc'")
        #expect(mistake("-m", "zz") == "argument -m/--umask: invalid auto_int value: 'zz'")
        #expect(mistake("-w") == "argument -w/--workers: expected one argument")
        #expect(mistake("--name", "-x") == "argument -n/--name: expected one argument")
        #expect(mistake("-w", "--", "2") == "argument -w/--workers: expected one argument")
        #expect(mistake("--preload=1") == "argument --preload: ignored explicit argument '1'")
        #expect(mistake("-RDx") == "argument -D/--daemon: ignored explicit argument 'x'")
        #expect(mistake("--nope", "a", "-Z") == "unrecognized arguments: --nope -Z")
        #expect(mistake("a", "--nope", "b") == "unrecognized arguments: --nope b")
        #expect(
            mistake("--work", "2")
                == "ambiguous option: --work could match "
                + "--workers, --worker-class, --worker-connections, --worker-tmp-dir"
        )
    }

    @Test func `an ambiguity anywhere is seen before anything else`() {
        #expect(
            mistake("-w", "abc", "-h", "--work=1").hasPrefix("ambiguous option: --work=1 could")
        )
    }

    @Test func `an abbreviation of Gunicorn's keeps its meaning beside our own options`() throws {
        #expect(try values("--hea", "drop") == ["header_map": "drop"])
        #expect(try values("--health-b", ":1") == ["health_bind": .list([":1"])])
    }

    @Test func `help and version are answered in the order of the line`() {
        #expect(mistake("-v", "-h") == "version")
        #expect(mistake("-Rh", "-w", "abc") == "help")
        #expect(mistake("-w", "abc", "-h") == "argument -w/--workers: invalid int value: 'abc'")
    }
}
