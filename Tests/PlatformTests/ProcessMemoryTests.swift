import Testing

@testable import Platform

@Suite struct ProcessMemoryTests {
    @Test func `a process knows its own memory, by both measures`() throws {
        let own = CurrentProcess.pid
        let resident = try ProcessMemory.bytes(of: own, by: .resident)
        let proportional = try ProcessMemory.bytes(of: own, by: .proportional)
        #expect(resident > 1 << 20)
        #expect(proportional > 1 << 20)
    }

    @Test func `a process that is gone has none`() {
        #expect(throws: SystemError.self) {
            try ProcessMemory.bytes(of: 0x3fff_ffff, by: .resident)
        }
    }

    @Test func `the kernel's texts are read`() {
        #expect(ProcessMemory.residentPages(in: "9000 1234 500 1 0 800 0\n") == 1234)
        #expect(ProcessMemory.residentPages(in: "") == 0)
        let rollup = "55 ---p 0 00:00 0 [rollup]\nRss:  9 kB\nPss:     7 kB\nPss_Dirty: 1 kB\n"
        #expect(ProcessMemory.proportionalBytes(in: rollup) == 7 << 10)
        #expect(ProcessMemory.proportionalBytes(in: "Rss: 1 kB") == 0)
    }
}
