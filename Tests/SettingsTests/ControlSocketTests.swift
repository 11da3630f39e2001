import Testing

@testable import Settings

@Suite struct ControlSocketTests {
    private func settings(
        _ environment: [String: String],
        files: Set<String> = [],
        _ given: [(String, SettingValue)] = []
    ) throws -> Settings {
        var surroundings = Surroundings(environment: environment, workingDirectory: "/srv")
        surroundings.fileExists = { files.contains($0) || $0 == "/srv" }
        surroundings.isDirectory = { $0 == "/run/me" || $0 == "/srv" }
        var settings = try Settings(in: surroundings)
        for (name, value) in given { try settings.set(name, value, origin: .commandLine) }
        return settings
    }

    @Test func `it is where Gunicorn has it`() throws {
        #expect(try settings(["HOME": "/h"]).controlSocket == "/h/.gunicorn/gunicorn.ctl")
        let runtime = ["HOME": "/h", "XDG_RUNTIME_DIR": "/run/me"]
        #expect(try settings(runtime).controlSocket == "/run/me/gunicorn.ctl")
        #expect(try settings([:]).controlSocket == nil)
        #expect(try settings([:]).controlSocketMode == 0o600)
    }

    @Test(arguments: [
        (["container": "podman"], ""), (["KUBERNETES_SERVICE_HOST": "10.0.0.1"], ""),
        ([:], "/.dockerenv"), ([:], "/run/.containerenv"), (["SWIFTCORN_CONTAINER": "yes"], ""),
    ])
    func `in a container it has to be asked for`(signs: [String: String], file: String) throws {
        let environment = signs.merging(["HOME": "/h"]) { $1 }
        #expect(try settings(environment, files: [file]).controlSocket == nil)
        let runtime = environment.merging(["XDG_RUNTIME_DIR": "/run/me"]) { $1 }
        #expect(try settings(runtime, files: [file]).controlSocket == nil)
        let asked = try settings(environment, files: [file], [("control_socket", "c.ctl")])
        #expect(asked.controlSocket == "/srv/c.ctl")
    }

    @Test func `the operator knows better than the signs`() throws {
        let environment = ["HOME": "/h", "container": "lxc", "SWIFTCORN_CONTAINER": "no"]
        let found = try settings(environment, files: ["/.dockerenv"]).controlSocket
        #expect(found == "/h/.gunicorn/gunicorn.ctl")
    }

    @Test func `there is none where nobody wants one`() throws {
        let given: [(String, SettingValue)] = [
            ("control_socket", "c.ctl"), ("control_socket_disable", true),
        ]
        #expect(try settings([:], files: [], given).controlSocket == nil)
    }
}
