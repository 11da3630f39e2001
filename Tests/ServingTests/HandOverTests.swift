import Engine
import Glibc
import HTTP
import Platform
import Testing

@testable import Serving

@Suite struct HandOverLetterTests {
    private static func letter() throws -> HandOverLetter {
        var letter = HandOverLetter()
        letter.hops = 3
        letter.peer = try #require(PeerAddress(anyOctets: [192, 0, 2, 1], port: 4711))
        letter.served = 12
        letter.readySince = 0x0102_0304_0506_0708
        letter.placeCount = 2
        letter.headCount = 3
        letter.contentCount = 4
        letter.restCount = 1
        return letter
    }

    private static func read<Result>(
        _ bytes: [UInt8],
        _ body: (HandOverLetter?, UnsafeRawBufferPointer) -> Result
    ) -> Result {
        bytes.withUnsafeBytes { body(HandOverLetter($0), $0) }
    }

    @Test func `what is written is read`() throws {
        let message = try Self.letter().header + Array("pphhhccccr".utf8)
        Self.read(message) { letter, bytes in
            #expect(letter?.hops == 3 && letter?.served == 12)
            #expect(letter?.readySince == 0x0102_0304_0506_0708)
            #expect(letter?.peer.octets == [192, 0, 2, 1] && letter?.peer.port == 4711)
            let parts = letter?.parts(of: bytes)
            #expect(parts.map { Array($0.place) } == Array("pp".utf8))
            #expect(parts.map { Array($0.head) } == Array("hhh".utf8))
            #expect(parts.map { Array($0.content) } == Array("cccc".utf8))
            #expect(parts.map { Array($0.rest) } == Array("r".utf8))
        }
    }

    @Test func `a message that is cut anywhere, or too long, is none`() throws {
        let message = try Self.letter().header + Array("pphhhccccr".utf8)
        for count in 0..<message.count {
            #expect(Self.read(Array(message.prefix(count))) { letter, _ in letter == nil })
        }
        #expect(Self.read(message + [0]) { letter, _ in letter == nil })
    }

    @Test func `no number can lead out of the message`() throws {
        let message = try Self.letter().header + Array("pphhhccccr".utf8)
        for index in 0..<HandOverLetter.headerSize {
            for value in [0, 1, 0x7f, 0x80, 0xff] as [UInt8] {
                var changed = message
                changed[index] = value
                Self.read(changed) { letter, bytes in
                    guard let letter else { return }
                    let parts = letter.parts(of: bytes)
                    let sum =
                        parts.place.count + parts.head.count + parts.content.count
                        + parts.rest.count
                    #expect(sum == message.count - HandOverLetter.headerSize)
                }
            }
        }
    }
}

/// Two servers in one process, one of them in a call.
@Suite struct HandOverTests {
    private static let slow = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"

    private final class Pair {
        let busy: Trial
        let idle: Trial
        let keeper: Guard
        let pages: SharedPages
        var meanwhile: () -> Void = {}

        init() throws {
            pages = try SharedPages(slots: 2)
            pages.arbiter.slotsInUse = 2
            let channels = [try DescriptorChannel(), try DescriptorChannel()]
            busy = try Trial(Trial.calm)
            idle = try Trial(Trial.calm) { $0.reply("idle \($0.targetText) \($0.content().count)") }
            for (index, trial) in [busy, idle].enumerated() {
                let siblings = Siblings(
                    pages: pages,
                    own: index,
                    channels: channels,
                    sharesListeners: true
                )
                try trial.server.join(try #require(siblings))
            }
            keeper = try Guard(of: busy.server)
            busy.handler.body = { [unowned self] exchange in
                if exchange.targetText == "/slow" {
                    // Once, and not kept: it may well keep us.
                    let body = meanwhile
                    meanwhile = {}
                    body()
                }
                exchange.reply("busy \(exchange.targetText)")
            }
        }

        /// Turns the idle one until a client has read an end like this.
        func waitUntil(_ client: Client, says text: String) -> Bool {
            let limit = Clock.monotonicNanoseconds() + Trial.patience
            while !client.text.hasSuffix(text) {
                guard Clock.monotonicNanoseconds() < limit else { return false }
                idle.turnOnce(waiting: 5_000_000)
                client.read()
            }
            return true
        }

        deinit {
            keeper.stop()
        }
    }

    @Test func `a connection with a waiting request moves to the idle one, and stays there`() throws
    {
        let pair = try Pair()
        let slow = try pair.busy.connect()
        let other = try pair.busy.connect()
        pair.meanwhile = {
            other.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde")
            #expect(pair.waitUntil(other, says: "idle /x 5"))
            other.forget()
            other.send("GET /y HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(pair.waitUntil(other, says: "idle /y 0"))
        }
        #expect(slow.ask(Self.slow)?.text == "busy /slow")
        #expect(pair.busy.server.connectionCount == 1)
        #expect(pair.idle.server.connectionCount == 1)
    }

    @Test func `who was woken for a connection takes it, though a sibling is idle`() throws {
        let pair = try Pair()
        let slow = try pair.busy.connect()
        var late: Client?
        pair.meanwhile = {
            // As long as nobody claims it: there is no moment at which it is not.
            pair.pages.slot(1).isWaiting = true
            late = try? pair.busy.connect()
            late?.send("GET /late HTTP/1.1\r\nHost: x\r\n\r\n")
            let limit = Clock.monotonicNanoseconds() + Trial.patience
            while pair.pages.slot(1).isWaiting, Clock.monotonicNanoseconds() < limit {
                sched_yield()
            }
            #expect(!pair.pages.slot(1).isWaiting)
        }
        #expect(slow.ask(Self.slow)?.text == "busy /slow")
        let taken = try #require(late)
        #expect(pair.waitUntil(taken, says: "idle /late 0"))
    }

    @Test func `where nobody is idle the request stays`() throws {
        let pair = try Pair()
        let slow = try pair.busy.connect()
        let other = try pair.busy.connect()
        pair.meanwhile = {
            other.send("GET /z HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(pair.busy.waitForQueue(of: 1))
        }
        slow.send(Self.slow)
        #expect(other.response()?.text == "busy /z")
    }

    @Test func `an idle one is claimed once`() throws {
        let pages = try SharedPages(slots: 1)
        let slot = pages.slot(0)
        #expect(!slot.claim())
        #expect(!slot.refuseClaims())
        slot.isWaiting = true
        #expect(slot.claim())
        #expect(!slot.claim())
        #expect(slot.refuseClaims())
        slot.received()
        #expect(!slot.refuseClaims())
        slot.isWaiting = true
        #expect(!slot.refuseClaims())
        #expect(!slot.claim())
    }
}
