import Control
import Testing

@Suite struct ControlFrameTests {
    @Test func `a message is whole whatever follows it, and never before`() {
        let framed = ControlFrame.framed("{}")
        #expect(framed == [0, 0, 0, 2, 0x7b, 0x7d])
        for count in 0..<framed.count {
            #expect(ControlFrame.first(in: Array(framed[..<count])) == .more)
        }
        #expect(ControlFrame.first(in: framed) == .message(4..<6))
        #expect(ControlFrame.first(in: framed + framed) == .message(4..<6))
    }

    @Test func `an announcement is judged before anything of it has come`() {
        let longest = ControlFrame.longestRequest
        let head = { (length: Int) in
            stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: length >> $0) }
        }
        #expect(ControlFrame.first(in: head(longest)) == .more)
        #expect(ControlFrame.first(in: head(longest + 1)) == .tooLong)
        #expect(ControlFrame.first(in: [0xff, 0xff, 0xff, 0xff]) == .tooLong)
        #expect(ControlFrame.first(in: Array("GET / HTTP/1.1\r\n\r\n".utf8)) == .tooLong)
    }

    @Test func `an empty message is a message, and no request`() {
        #expect(ControlFrame.first(in: [0, 0, 0, 0]) == .message(4..<4))
        #expect(ControlRequest([]) == nil)
    }
}
