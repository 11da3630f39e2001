package import Engine
import Log
import Platform
import PythonRuntime

/// What a worker watches while its application is being written.
package struct ReloadPlan: Sendable {
    package var engine = SourceWatch.Engine.inotify
    /// Files and patterns beside the sources of the modules.
    package var extraFiles: [String] = []

    package init() {}
}

/// Has the watch follow every module that is loaded, in the worker's own process.
///
/// Looking for modules needs Python and happens between requests; noticing changes does not.
final class Reloader {
    private let plan: ReloadPlan
    private let watch: SourceWatch
    private let loop: EventLoop
    private let files: PythonObject
    private let count: PythonObject
    private let expand: PythonObject
    private let module: PythonObject
    private var knownModules = 0
    private var expandAt: UInt64 = 0

    /// From here on it is noted how sources are when they are imported.
    init(_ plan: ReloadPlan, on loop: EventLoop) throws {
        self.plan = plan
        self.loop = loop
        watch = SourceWatch(on: loop, engine: plan.engine)
        module = try Interpreter.module("swiftcorn._reload")
        files = try module.attribute("module_files")
        count = try module.attribute("module_count")
        expand = try module.attribute("expand")
        _ = try module.attribute("begin").call()
    }

    /// The file that has changed.
    var changed: String? { watch.changed }

    func start() throws {
        try watch.start()
        try look()
    }

    /// Follows what is new since the last look.
    func look() throws(PythonError) {
        if case .integer(let number) = try count.call().plain, number != knownModules {
            knownModules = number
            follow(try files.call().textList)
        }
        guard !plan.extraFiles.isEmpty, loop.now >= expandAt else { return }
        expandAt = loop.deadline(inSeconds: SourceWatch.pauseSeconds)
        let patterns = PythonObject.list(plan.extraFiles)
        for path in try expand.call([patterns.reference]).textList { watch.follow(path) }
    }

    private func follow(_ pairs: [String]) {
        for index in stride(from: 0, to: pairs.count - 1, by: 2) {
            watch.follow(pairs[index], from: FileVersion(written: pairs[index + 1]))
        }
    }

    /// An application that shows why the real one could not be loaded; it is followed what has to
    /// be mended.
    func application(insteadOf failure: PythonError) throws(PythonError) -> PythonObject {
        if let exception = failure.exception {
            let files = try module.attribute("failed_files").call([exception.reference])
            follow(files.textList)
        }
        let report = PythonObject.text(failure.traceback + "\n")
        return try module.attribute("failing_application").call([report.reference])
    }
}

extension FileVersion {
    /// Moment, size and number, as Python wrote them.
    fileprivate init?(written text: String) {
        let numbers = text.split(separator: " ")
        guard numbers.count == 3, let moment = Int64(numbers[0]), let size = Int64(numbers[1]),
            let number = UInt64(numbers[2])
        else { return nil }
        self.init(writtenNanoseconds: moment, size: size, number: number)
    }
}
