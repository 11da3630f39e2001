import Engine
import HTTP
package import Platform

// MARK: - What a server tells of itself, beyond what it counts as it happens

extension Server {
    /// How often what describes the server is published: often enough for people, and seldom
    /// enough to cost nothing.
    private static let publishPause: UInt64 = 500_000_000

    /// Shows how many connections there are, by state, and what waits.
    ///
    /// Called after every turn, with the baton; it looks at all connections twice a second at most.
    @inline(__always)
    package func publish(into slot: WorkerSlot) {
        guard loop.now &- publishedAt >= Self.publishPause else { return }
        publishAll(into: slot)
    }

    private func publishAll(into slot: WorkerSlot) {
        publishedAt = loop.now
        slot.connections = connectionCount
        statistics.queued = ready.count
        withUnsafeTemporaryAllocation(
            of: Int.self,
            capacity: ConnectionState.allCases.count
        ) { counts in
            counts.initialize(repeating: 0)
            for case let connection? in connections { counts[connection.state.rawValue] += 1 }
            for state in ConnectionState.allCases {
                statistics.setConnections(state, to: counts[state.rawValue])
            }
        }
        // Where calls overlap, the oldest that lasts is none that their begins and ends could tell.
        if crew.isNeeded {
            let calls = threads.lazy.map(\.exchange).filter { $0.calls.current != nil }
            statistics.oldestCall = calls.map(\.startedAt).min() ?? 0
        }
    }
}

extension Connection {
    /// What it is doing, as it is counted.
    fileprivate var state: ConnectionState {
        switch phase {
        case .head: input.isEmpty ? .idle : .reading
        case .body: .reading
        case .ready: .waiting
        case .answering: .answering
        case .writing: .writing
        case .lingering, .closed: .closing
        }
    }

    /// Counts what was sent without the baton; with it.
    @inline(__always)
    func countSent() {
        server.statistics.sent(bytes: sentCount)
        sentCount = 0
    }
}

extension Refusal {
    /// What it is counted as.
    var countedReason: RefusalReason {
        switch self {
        case .requestLine, .bareLineFeedInRequestLine: .requestLine
        case .requestLineSize: .targetTooLong
        case .method: .method
        case .versionText, .version, .unsupportedVersion: .version
        case .fieldLine, .bareLineFeedInFields, .fieldName, .refusedFieldName, .fieldValue,
            .folding:
            .field
        case .fieldCount, .fieldSize, .fieldBlock, .trailerSize: .fieldsTooLarge
        case .framing: .framing
        case .transferCoding: .transferCoding
        case .expectation: .expectation
        case .contradictoryScheme: .scheme
        case .missingHost: .host
        case .scriptName: .scriptName
        case .chunkSize, .chunkLineSize, .chunkTerminator, .chunkExtension,
            .bareReturnInChunkExtension:
            .chunk
        case .proxyLine, .proxyFamily, .proxyPort, .proxyVersion, .proxyCommand, .proxyTransport,
            .proxyAddressSize, .proxyAddressFamily, .proxyForbidden:
            .proxyHeader
        }
    }
}
