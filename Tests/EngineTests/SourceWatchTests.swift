import Foundation
import Platform
import Testing

@testable import Engine

@Suite final class SourceWatchTests {
    private let folder: String
    private let loop: EventLoop

    init() throws {
        folder = NSTemporaryDirectory() + "swiftcorn-watch-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder + "/inner",
            withIntermediateDirectories: true
        )
        loop = try EventLoop()
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func write(_ text: String, to name: String) throws {
        try text.write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
    }

    private func watch(_ engine: SourceWatch.Engine, _ names: String...) throws -> SourceWatch {
        let watch = SourceWatch(on: loop, engine: engine)
        for name in names { watch.follow(folder + "/" + name) }
        try watch.start()
        return watch
    }

    /// Turns the loop until a change is seen, for a while at most.
    private func change(seenBy watch: SourceWatch, atMost seconds: Double = 20) -> String? {
        let end = Date(timeIntervalSinceNow: seconds)
        while watch.changed == nil, Date() < end { loop.turn(waitingAtMost: 50_000_000) }
        return watch.changed.map { String($0.dropFirst(folder.count + 1)) }
    }

    @Test(arguments: [SourceWatch.Engine.inotify, .poll])
    func `a file that is written is seen`(_ engine: SourceWatch.Engine) throws {
        try write("one", to: "a.py")
        try write("one", to: "inner/b.py")
        let watch = try watch(engine, "a.py", "inner/b.py", "nowhere.py")
        #expect(watch.count == 2)
        try write("another", to: "inner/b.py")
        #expect(change(seenBy: watch) == "inner/b.py")
    }

    @Test(arguments: [SourceWatch.Engine.inotify, .poll])
    func `a file that is replaced is seen, one beside it is not`(
        _ engine: SourceWatch.Engine
    ) throws {
        try write("one", to: "a.py")
        let watch = try watch(engine, "a.py")
        try write("swap", to: ".a.py.swp")
        try FileManager.default.removeItem(atPath: folder + "/a.py")
        loop.turn(waitingAtMost: 0)
        #expect(watch.changed == nil)
        try write("one", to: "new")
        #expect(rename(folder + "/new", folder + "/a.py") == 0)
        #expect(change(seenBy: watch) == "a.py")
    }

    @Test func `a link that leads elsewhere, and what is behind it, are seen`() throws {
        try write("one", to: "inner/real.py")
        #expect(symlink("inner/real.py", folder + "/a.py") == 0)
        let watch = try watch(.inotify, "a.py")
        try write("another", to: "inner/real.py")
        #expect(change(seenBy: watch) == "a.py")
    }

    @Test func `what changed before the watch began is seen as well`() throws {
        try write("one", to: "a.py")
        let former = try #require(FileVersion(of: folder + "/a.py"))
        try write("another", to: "a.py")
        let watch = SourceWatch(on: loop, engine: .inotify)
        watch.follow(folder + "/a.py", from: former)
        #expect(watch.changed == folder + "/a.py")
    }

    @Test func `a folder that was removed and made again is followed again`() throws {
        try write("one", to: "inner/a.py")
        let watch = try watch(.inotify, "inner/a.py")
        try FileManager.default.removeItem(atPath: folder + "/inner")
        loop.turn(waitingAtMost: 0)
        try FileManager.default.createDirectory(
            atPath: folder + "/inner",
            withIntermediateDirectories: false
        )
        try write("another", to: "inner/a.py")
        #expect(change(seenBy: watch) == "inner/a.py")
    }
}
