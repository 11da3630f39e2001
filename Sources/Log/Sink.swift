package import Platform

/// Where log lines go.
package enum LogTarget: Equatable, Sendable {
    case standardError
    case standardOutput
    case file(path: String)
    /// An open descriptor that stays its giver's.
    case descriptor(Int32)
}

/// A log file that cannot be written, in the words Gunicorn prints.
package struct UnwritableLog: Error, Equatable, CustomStringConvertible {
    package let path: String
    package let cause: SystemError

    package var description: String {
        "Error: '\(path)' isn't writable [\(exception)(\(cause.errno), '\(cause.words)')]"
    }

    /// The exception Python has for the errno.
    private var exception: String {
        switch cause.errno {
        case 1, 13: "PermissionError"
        case 2: "FileNotFoundError"
        case 20: "NotADirectoryError"
        case 21: "IsADirectoryError"
        default: "OSError"
        }
    }
}

/// The descriptor behind a log: opened, written and reopened here.
///
/// Its number never changes, not even when the file is reopened, so several threads may write
/// while one reopens. A reader that is slow or stuck delays nobody: what a pipe, a terminal or a
/// socket does not take at once (or within the patience of the writer) is counted as lost.
final class Sink: @unchecked Sendable {
    let descriptor: Int32
    let target: LogTarget
    /// Regular files take everything at once; the others are asked first.
    private let isFile: Bool
    private let owner: Identity?

    /// A pipe takes this much as a whole: lines of several workers never mix.
    static let atom = 4096

    init(_ target: LogTarget, owner: Identity? = nil) throws(UnwritableLog) {
        self.target = target
        self.owner = owner
        switch target {
        case .standardError: descriptor = 2
        case .standardOutput: descriptor = 1
        case .descriptor(let number): descriptor = number
        case .file(let path):
            descriptor = try Sink.open(path, owner)
        }
        isFile = File.isRegular(descriptor)
    }

    deinit {
        if case .file = target { Descriptor.close(descriptor) }
    }

    /// Opens a log file and gives it to whom the workers become, so that they can open it too.
    private static func open(_ path: String, _ owner: Identity?) throws(UnwritableLog) -> Int32 {
        do {
            let descriptor = try File.openForAppending(path)
            if let owner { File.setOwner(of: path, owner) }
            return descriptor
        } catch {
            throw UnwritableLog(path: path, cause: error)
        }
    }

    /// Opens the file of this name again, after somebody renamed it; when that fails the old one
    /// stays open.
    func reopen() throws(UnwritableLog) {
        guard case .file(let path) = target else { return }
        let fresh = try Sink.open(path, owner)
        defer { Descriptor.close(fresh) }
        do {
            try File.replace(descriptor, with: fresh)
        } catch {
            throw UnwritableLog(path: path, cause: error)
        }
    }

    /// Writes whole lines, and answers how many bytes are done with: written, or refused for good.
    ///
    /// A file gets them in one call, anything else in pieces of at most `atom` bytes.
    func write(_ lines: UnsafeRawBufferPointer, patienceMilliseconds: Int32) -> Int {
        var done = 0
        while done < lines.count {
            let rest = UnsafeRawBufferPointer(rebasing: lines[done...])
            let piece = isFile ? rest.count : Sink.wholeLines(rest)
            if !isFile && !File.takesBytes(descriptor, milliseconds: patienceMilliseconds) {
                return done
            }
            switch File.write(descriptor, UnsafeRawBufferPointer(rebasing: rest[..<piece])) {
            case .wrote(let count): done += count
            case .wouldBlock: return done
            // A full disk, a reader that is gone: nothing here can mend it, and waiting for it
            // would only fill our memory.
            case .failed: done += piece
            }
        }
        return done
    }

    /// The longest run of whole lines that a pipe takes as one, or as much of an overlong line.
    private static func wholeLines(_ bytes: UnsafeRawBufferPointer) -> Int {
        if bytes.count <= atom { return bytes.count }
        return bytes[..<atom].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? atom
    }
}
