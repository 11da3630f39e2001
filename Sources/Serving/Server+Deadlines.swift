import Engine
import HTTP
import Log
import Platform

/// A request that the handler takes too long for.
package struct LateRequest {
    /// Method and target.
    package let name: String
    /// The kernel's number of the thread that runs the handler.
    package let thread: Int32
    /// What its peer was told: an answer of ours, or the end of the connection.
    package let isAnswered: Bool
}

/// Whoever wants to know of requests that take too long; told on the guard's thread, with the
/// baton, so it must not touch Python.
package protocol DeadlineObserver: AnyObject {
    /// It has lasted as long as it may; its peer has been answered.
    func requestIsLate(_ request: LateRequest)

    /// It has not come back in the time after that.
    func requestIsLost(_ request: LateRequest)
}

// MARK: - A deadline for each request

/// A worker whose threads each run one request at a time needs nothing but this: the guard looks
/// at their calls. One that runs many requests on a thread has a timer for each instead, and ends
/// them by the same `end`.
extension Server {
    /// Ends a request in the handler's stead, on the guard's thread and with the baton; nil where
    /// it has come back, or is none that may be ended.
    ///
    /// The handler goes on, and finds that it cannot send any more.
    func end(_ call: UInt64, of thread: ServingThread, by guardian: ServingThread) -> LateRequest? {
        let exchange = thread.exchange
        // Whoever returns needs the baton first: what was called is not touched meanwhile.
        guard exchange.calls.current == call, let connection = exchange.connection,
            !connection.isLent
        else { return nil }
        sendDepartures()
        exchange.lateCall.value = call
        let isAnswered = exchange.holder.takeForServer()
        let own = guardian.exchange
        let name = connection.readAgain(into: own)
        if isAnswered {
            loop.refreshClock()
            own.begin(connection: connection, bytes: connection.input.bytes, body: nil)
            own.startedAt = exchange.startedAt
            own.queuedNanoseconds = exchange.queuedNanoseconds
            connection.answerInstead(own)
            if !observesCalls { observer?.answered(own) }
            own.end()
        } else {
            connection.cut(isFramed: own.head.version >= .http11)
        }
        return LateRequest(name: name, thread: thread.number, isAnswered: isAnswered)
    }

    /// The request is still not back: its connection is not waited for any more.
    func giveUp(_ call: UInt64, of thread: ServingThread) -> LateRequest? {
        let exchange = thread.exchange
        guard exchange.calls.current == call, exchange.lateCall.value == call,
            let connection = exchange.connection
        else { return nil }
        exchange.lostCall.value = call
        let name = connection.readAgain(into: self.exchange)
        let isAnswered = exchange.holder.isServers
        return LateRequest(name: name, thread: thread.number, isAnswered: isAnswered)
    }

    /// Connections whose requests were given up.
    package var lostCount: Int { threads.count { $0.exchange.isLost } }

    /// A late request has come back after all.
    func logReturn(of exchange: Exchange) {
        let lasted = Clock.monotonicNanoseconds() &- exchange.startedAt
        let seconds = lasted / Clock.nanosecondsPerSecond
        log.warning("The late request \(exchange.name) has come back after \(seconds) seconds")
    }
}

extension Exchange {
    /// Method and target, for the log.
    var name: String {
        String(decoding: bytes(of: head.method), as: UTF8.self) + " "
            + String(decoding: bytes(of: head.target), as: UTF8.self)
    }

    /// Whether the server has answered in the handler's stead, which has come back just now; says
    /// so where it comes back late.
    var wasAnsweredInstead: Bool {
        guard server.options.requestSeconds > 0 else { return false }
        if lateCall.value == calls.count { server.logReturn(of: self) }
        guard holder.isServers else { return false }
        let answer = ErrorAnswer.requestTimedOut
        status = answer.status
        statusText.removeAll()
        statusText.append("504 ")
        statusText.append(answer.reason)
        return true
    }

    /// Whether the call that has just ended was late.
    var wasLate: Bool { lateCall.value == calls.count &- 1 && lateCall.value != 0 }

    /// Whether its thread is in a call that was given up.
    var isLost: Bool { calls.current != nil && lostCall.value == calls.count }

    /// Whether the handler may send; not where the server has answered in its stead.
    @inline(__always)
    func mayBegin() -> Bool {
        guard server.options.requestSeconds > 0 else { return true }
        return holder.takeForHandler()
    }

    /// What was sent was informational.
    @inline(__always)
    func maySendMore() {
        if server.options.requestSeconds > 0 { holder.giveBack() }
    }
}

extension Connection {
    /// Reads the head of the request that is being answered into another exchange; its name.
    ///
    /// The handler's own must not be touched, and its bytes do not move while it runs.
    fileprivate func readAgain(into own: Exchange) -> String {
        var fresh = HeadProgress()
        let isRead = try? server.reader.read(
            input,
            progress: &fresh,
            peerIsTrusted: peerIsTrusted,
            into: &own.head
        )
        guard isRead == true else {
            own.head = RequestHead()
            return "?"
        }
        own.bytes = input.bytes
        defer { own.end() }
        return own.name
    }

    /// Sends the answer to a late request and ends our side.
    fileprivate func answerInstead(_ own: Exchange) {
        let answer = ErrorAnswer.requestTimedOut
        own.status = answer.status
        ErrorPage.write(
            status: answer.status,
            reason: answer.reason,
            message: answer.message,
            into: &own.out
        )
        let isSent = sendOrQueue(own.out.bytes)
        own.out.removeAll()
        own.progress = .finished
        // Former responses of the connection may still be on their way.
        if isSent, queue.isEmpty { socket.end() }
    }

    /// Ends the connection under a response that has begun: the handler's next write fails.
    ///
    /// A peer that could take what it got for the whole response sees a reset instead.
    fileprivate func cut(isFramed: Bool) {
        if !isFramed { socket.dropUnsent() }
        socket.endBothWays()
    }
}
