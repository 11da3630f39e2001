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

    @Test(arguments: [
        ("0::/\n", ["/sys/fs/cgroup/memory.max": "1048576\n"], UInt64(1_048_576)),
        ("0::/a/b\n", ["/sys/fs/cgroup/a/b/memory.max": "max\n"], nil),
        (
            "0::/a/b\n",
            ["/sys/fs/cgroup/a/b/memory.max": "max\n", "/sys/fs/cgroup/a/memory.max": "7\n"], 7
        ),
        (
            "5:cpu,memory:/x\n0::/\n",
            ["/sys/fs/cgroup/memory/x/memory.limit_in_bytes": "9\n"], 9
        ),
        (
            "5:memory:/x\n",
            ["/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"], nil
        ),
        ("5:memory:/not/seen\n", ["/sys/fs/cgroup/memory/memory.limit_in_bytes": "8\n"], 8),
        ("nonsense\n", [:], nil),
    ])
    func `the least limit of a group and those above it counts`(
        groups: String,
        files: [String: String],
        limit: UInt64?
    ) {
        let found = ControlGroup.memoryLimit { path in
            path == "/proc/self/cgroup" ? groups : files[path]
        }
        #expect(found == limit)
    }
}
