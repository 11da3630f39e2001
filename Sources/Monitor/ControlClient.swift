import Control
import Engine
import Platform

/// One client of the control socket: sends requests, and gets one answer for each in their order.
///
/// Nothing is read while an answer has not been taken, so neither side's bytes pile up.
final class ControlClient: EventReceiver {
    /// Between two requests, as in Gunicorn.
    private static let idle = 300 * Clock.nanosecondsPerSecond
    /// For the rest of a request that has begun, and for the taking of an answer.
    private static let patience = 10 * Clock.nanosecondsPerSecond
    private static let roomBytes = 16_384

    private(set) var isOver = false
    private let socket: StreamSocket
    private let loop: EventLoop
    private let answer: (_ message: [UInt8]) -> String?
    private var input: [UInt8] = []
    private var output: [UInt8] = []
    private var sent = 0
    /// When it last began or ended something.
    private var movedAt: UInt64

    init(
        _ descriptor: Int32,
        on loop: EventLoop,
        answer: @escaping (_ message: [UInt8]) -> String?
    ) {
        socket = StreamSocket(descriptor: descriptor)
        self.loop = loop
        self.answer = answer
        movedAt = loop.now
        do throws(SystemError) {
            try loop.watch(descriptor, for: .readable, receiver: self)
        } catch {
            isOver = true
            socket.close()
        }
    }

    /// Whether it has been silent for longer than the other.
    static func < (left: ControlClient, right: ControlClient) -> Bool {
        left.movedAt < right.movedAt
    }

    func isLate(_ now: UInt64) -> Bool {
        let limit = input.isEmpty && output.isEmpty ? Self.idle : Self.patience
        return now > movedAt && now - movedAt > limit
    }

    func end() {
        guard !isOver else { return }
        isOver = true
        loop.forget(socket.descriptor)
        socket.close()
    }

    func ready(_ events: Interest) {
        guard !isOver else { return }
        if output.isEmpty { receive() } else { send() }
    }

    private func receive() {
        let received = withUnsafeTemporaryAllocation(byteCount: Self.roomBytes, alignment: 1) {
            room -> Transfer in
            guard let start = room.baseAddress else { return .moved(0) }
            let received = socket.receive(into: start, count: room.count)
            if case .moved(let count) = received {
                if input.isEmpty { movedAt = loop.now }
                input += room.prefix(count)
            }
            return received
        }
        switch received {
        case .moved(let count) where count > 0: answerNext()
        case .wouldBlock: break
        default: end()
        }
    }

    /// Answers the request that has arrived; the next one when its answer has been taken.
    private func answerNext() {
        while !isOver, output.isEmpty {
            switch ControlFrame.first(in: input) {
            case .more: return
            case .tooLong: return end()
            case .message(let range):
                guard let text = answer(Array(input[range])) else { return end() }
                input.removeFirst(range.upperBound)
                output = ControlFrame.framed(text)
                sent = 0
                movedAt = loop.now
                send()
            }
        }
    }

    private func send() {
        while sent < output.count {
            let moved = output.withUnsafeBytes { bytes in
                socket.send(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
            }
            switch moved {
            case .moved(let count): sent += count
            case .wouldBlock: return watch(for: .writable)
            case .failed: return end()
            }
        }
        output = []
        movedAt = loop.now
        watch(for: .readable)
        // What has arrived meanwhile is not announced again.
        if !isOver { answerNext() }
    }

    private func watch(for interest: Interest) {
        do throws(SystemError) {
            try loop.change(socket.descriptor, to: interest)
        } catch {
            end()
        }
    }
}
