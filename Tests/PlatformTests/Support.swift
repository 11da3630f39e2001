import Foundation
import Platform

/// A directory that is gone when the test is over.
final class TemporaryDirectory {
    let path: String
    init() {
        path = NSTemporaryDirectory() + "swiftcorn-\(UUID().uuidString.prefix(8))"
        try? FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true
        )
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Forks a child that runs a body and leaves with its answer; the child's number.
///
/// Only for exit tests: a process of its own in which no other test holds a lock at the fork. The
/// threads of the test runner block signals, and a child must not outlive a test that fails.
func forked(_ body: () -> Int32) throws -> Int32 {
    let pid = try Child.fork()
    if pid == 0 {
        CurrentProcess.setDeathSignal(.kill)
        unblockSignals()
        CurrentProcess.leave(status: body())
    }
    return pid
}

private func unblockSignals() {
    var none = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, nil)
}

/// Waits for one child with a deadline; nil when it is still there at the end of it.
func ended(_ pid: Int32, withinSeconds seconds: Double = 10) -> Exit? {
    let deadline = Date().addingTimeInterval(seconds)
    while Date() < deadline {
        if let ended = Child.reap(pid) { return ended.exit }
        usleep(2000)
    }
    return nil
}

/// Asks again until it is so, with a deadline.
func eventually(withinSeconds seconds: Double = 10, _ isSo: () -> Bool) -> Bool {
    let deadline = Date().addingTimeInterval(seconds)
    while Date() < deadline {
        if isSo() { return true }
        usleep(2000)
    }
    return isSo()
}
