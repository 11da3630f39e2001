import Platform

/// Why a pid file cannot be had, in the words Gunicorn prints.
enum PIDFileError: Error, Equatable, CustomStringConvertible {
    case running(pid: Int32, path: String)
    case noDirectory(String)
    case system(path: String, SystemError)

    /// The kernel's number, where it was the kernel that refused.
    var errno: Int32? {
        if case .system(_, let error) = self { error.errno } else { nil }
    }

    var description: String {
        switch self {
        case .running(let pid, let path):
            "Already running on PID \(pid) (or pid file '\(path)' is stale)"
        case .noDirectory(let path): "\(path) doesn't exist. Can't create pidfile."
        case .system(let path, let error): "Can't create pidfile '\(path)': \(error)"
        }
    }
}

/// The file that names the arbiter's process: written whole or not at all, removed only while it
/// names us.
struct PIDFile {
    let path: String
    private let pid: Int32

    /// A process number and a line feed are short; whatever is longer is no pid file.
    private static let longest = 32

    init(claiming path: String, for pid: Int32) throws(PIDFileError) {
        self.path = path
        self.pid = pid
        if let other = PIDFile.read(path), other != pid, Signal.exists(other) {
            throw .running(pid: other, path: path)
        }
        try write()
    }

    /// The number in a pid file, nil when there is none or it makes no sense.
    static func read(_ path: String) -> Int32? {
        guard let text = try? File.readText(path, limit: longest) else { return nil }
        let number = text.split(whereSeparator: \.isWhitespace).first.flatMap { Int32($0) }
        return number.flatMap { $0 > 0 ? $0 : nil }
    }

    private func write() throws(PIDFileError) {
        let directory = PIDFile.directory(of: path)
        guard File.isDirectory(directory) else { throw .noDirectory(directory) }
        let temporary = "\(path).\(pid).new"
        do {
            File.remove(temporary)
            try PIDFile.fill(temporary, with: "\(pid)\n")
            try File.rename(temporary, to: path)
        } catch {
            File.remove(temporary)
            throw .system(path: path, error)
        }
    }

    private static func fill(_ path: String, with text: String) throws(SystemError) {
        let file = FileDescriptor(owning: try File.create(path, mode: 0o644))
        // Whatever the mode mask is: others may read who we are.
        try File.setMode(of: file.rawValue, 0o644)
        var text = text
        let outcome = text.withUTF8 { File.write(file.rawValue, UnsafeRawBufferPointer($0)) }
        switch outcome {
        case .wrote(let count) where count == text.utf8.count: return
        case .failed(let error): throw error
        case .wrote, .wouldBlock: throw SystemError(call: "write", errno: SystemError.noSpace)
        }
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    func remove() {
        if PIDFile.read(path) == pid { File.remove(path) }
    }
}
