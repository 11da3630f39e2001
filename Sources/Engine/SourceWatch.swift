package import Platform

/// Notices that one of many files has changed, on a loop: by inotify, or by looking now and then.
///
/// A file has changed when its version (moment of writing, size, number) is another than the one it
/// was followed with: so a save is seen whatever the editor does (writes in place, renames over it,
/// swaps a symbolic link), one that came before the watch began is seen as well, and an editor's
/// own files beside it are not.
package final class SourceWatch: EventReceiver, TimerReceiver {
    /// How changes are noticed.
    package enum Engine: Sendable {
        case inotify
        case poll
    }

    /// Between two looks at every file, or at folders that inotify lost.
    package static let pauseSeconds = 1

    private struct Folder {
        /// Inotify's number for it; nil while it cannot be watched.
        var number: Int32?
        var files: Set<String> = []
    }

    /// The first file that was seen to have changed; nothing is looked at after it.
    package private(set) var changed: String?
    /// How changes are noticed: what was asked for, or polling where the kernel refuses more.
    package private(set) var engine: Engine

    private let loop: EventLoop
    private let watch: FolderWatch?
    private var versions: [String: FileVersion] = [:]
    private var folders: [String: Folder] = [:]
    private var paths: [Int32: String] = [:]
    private var timer: TimerWheel.Timer?

    /// Begins to watch nothing yet; without inotify's help where the kernel refuses it.
    package init(on loop: EventLoop, engine: Engine) {
        self.loop = loop
        watch = engine == .inotify ? try? FolderWatch() : nil
        self.engine = watch == nil ? .poll : .inotify
    }

    /// Joins the loop.
    package func start() throws(SystemError) {
        if let descriptor = watch?.descriptor {
            try loop.watch(descriptor, for: .readable, receiver: self)
        }
        let timer = loop.timers.add(self)
        self.timer = timer
        loop.timers.set(timer, to: loop.deadline(inSeconds: Self.pauseSeconds))
    }

    /// How many files are followed.
    package var count: Int { versions.count }

    /// Follows a file from a version on, or from how it is now.
    package func follow(_ path: String, from version: FileVersion? = nil) {
        guard versions[path] == nil else { return }
        guard let present = FileVersion(of: path) else { return }
        versions[path] = version ?? present
        if engine == .inotify {
            add(path, to: Self.folder(of: path))
            if let resolved = File.resolve(path), resolved != path {
                add(path, to: Self.folder(of: resolved))
            }
            // A folder that is followed itself tells of what is in it.
            if File.isDirectory(path) { add(path, to: path) }
        }
        compare(path)
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private func add(_ path: String, to folder: String) {
        folders[folder, default: Folder()].files.insert(path)
        if folders[folder]?.number == nil { begin(folder) }
    }

    private func begin(_ folder: String) {
        do throws(SystemError) {
            guard let number = try watch?.add(folder) else { return }
            folders[folder]?.number = number
            paths[number] = folder
        } catch {
            // A folder that is not there may come back; a kernel that is full stays full.
            if error.errno == SystemError.noSpace { engine = .poll }
        }
    }

    // MARK: What happens

    package func ready(_ events: Interest) {
        var touched: Set<String> = []
        var isUnclear = false
        watch?.drain { event in
            switch event {
            case .changed(let number): if let path = paths[number] { touched.insert(path) }
            case .lost(let number): forget(number)
            case .overflow: isUnclear = true
            }
        }
        if isUnclear { return compareAll() }
        for folder in touched {
            for path in folders[folder]?.files ?? [] { compare(path) }
        }
    }

    private func forget(_ number: Int32) {
        guard let path = paths.removeValue(forKey: number) else { return }
        folders[path]?.number = nil
    }

    package func deadlinePassed() {
        if engine == .poll {
            compareAll()
        } else {
            for (path, folder) in folders where folder.number == nil {
                begin(path)
                for file in folder.files { compare(file) }
            }
        }
        if let timer { loop.timers.set(timer, to: loop.deadline(inSeconds: Self.pauseSeconds)) }
    }

    private func compareAll() {
        for path in versions.keys { compare(path) }
    }

    /// A file that is gone has not changed yet: its editor may be about to put the next one there.
    private func compare(_ path: String) {
        guard changed == nil, let present = FileVersion(of: path) else { return }
        if present != versions[path] { changed = path }
    }
}
