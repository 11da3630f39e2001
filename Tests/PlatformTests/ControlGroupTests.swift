import Testing

@testable import Platform

@Suite struct ControlGroupTests {
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

    @Test(arguments: [
        ("0::/\n", ["/sys/fs/cgroup/cpu.max": "150000 100000\n"], UInt64(1500)),
        ("0::/\n", ["/sys/fs/cgroup/cpu.max": "max 100000\n"], nil),
        ("0::/\n", ["/sys/fs/cgroup/cpu.max": "10 100000\n"], 1),
        (
            "0::/a/b\n",
            [
                "/sys/fs/cgroup/a/b/cpu.max": "400000 100000\n",
                "/sys/fs/cgroup/a/cpu.max": "50000 25000\n",
            ], 2000
        ),
        (
            "4:cpu,cpuacct:/x\n0::/\n",
            [
                "/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us": "300000\n",
                "/sys/fs/cgroup/cpu/x/cpu.cfs_period_us": "100000\n",
            ], 3000
        ),
        (
            "4:cpu:/x\n",
            [
                "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            ], nil
        ),
        (
            "4:cpuset:/x\n",
            [
                "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "100000\n",
                "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            ], nil
        ),
        ("0::/\n", ["/sys/fs/cgroup/cpu.max": "100000 0\n"], nil),
        ("0::/\n", ["/sys/fs/cgroup/cpu.max": "100000\n"], nil),
        ("0::/\n", ["/sys/fs/cgroup/cpu.max": "18446744073709551615 100000\n"], nil),
    ])
    func `the least quota of a group and those above it counts`(
        groups: String,
        files: [String: String],
        thousandths: UInt64?
    ) {
        let found = ControlGroup.processorQuota { path in
            path == "/proc/self/cgroup" ? groups : files[path]
        }
        #expect(found == thousandths)
    }

    @Test(arguments: [
        (8, nil, 8), (8, UInt64(1500), 2), (8, 2000, 2), (8, 1, 1), (2, 64_000, 2), (0, nil, 1),
        (8, UInt64.max, 8),
    ])
    func `a quota is rounded up, and the affinity is the most`(
        affinity: Int,
        quota: UInt64?,
        usable: Int
    ) {
        #expect(Processors.usable(within: affinity, quota: quota) == usable)
    }

    @Test func `this process may use a processor`() {
        #expect(Processors.usable >= 1)
    }
}
