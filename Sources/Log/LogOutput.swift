package import Platform

/// Where the error log goes and how much of it: opened, and ready to be used or given up.
///
/// A reload opens the next one while the current one is in use, and keeps that one until the
/// reload counts.
package struct LogOutput {
    let level: Level
    let sink: Sink
    /// Whether the standard output and error of the process go there too.
    let capturesStreams: Bool
    /// Who takes the lines instead of the target, as entries with fields.
    package var journal: Journal?
    /// How lines are written.
    package var form = LogForm.text

    init(level: Level, sink: Sink) {
        self.level = level
        self.sink = sink
        capturesStreams = false
    }

    /// Opens the target, or shares what `former` has open when it is the same.
    ///
    /// The streams are captured into a file only: standard error is where they are already.
    package init(
        level: Level,
        target: LogTarget,
        capturesStreams: Bool = false,
        owner: Identity? = nil,
        former: LogOutput? = nil
    ) throws(UnwritableLog) {
        self.level = level
        if let former, former.sink.target == target {
            sink = former.sink
        } else {
            sink = try Sink(target, owner: owner)
        }
        if case .file = target {
            self.capturesStreams = capturesStreams
        } else {
            self.capturesStreams = false
        }
    }
}

/// Standard output and error of the process, which `capture_output` leads into the error log.
final class StandardStreams {
    private static let numbers: [Int32] = [1, 2]
    /// Where they led before, while they are captured.
    private var originals: [Int32] = []

    /// Leads them into the output, or back to where they led before.
    func follow(_ output: LogOutput) throws(UnwritableLog) {
        guard case .file(let path) = output.sink.target else { return release() }
        guard output.capturesStreams else { return release() }
        do {
            if originals.isEmpty {
                originals = try Self.numbers.map { number throws(SystemError) in
                    try Descriptor.duplicate(number)
                }
            }
            for number in Self.numbers {
                try File.replace(number, with: output.sink.descriptor)
            }
        } catch {
            throw UnwritableLog(path: path, cause: error)
        }
    }

    private func release() {
        for (number, original) in zip(Self.numbers, originals) {
            // It was open when it was put away: this cannot fail.
            try? File.replace(number, with: original)
            Descriptor.close(original)
        }
        originals = []
    }
}
