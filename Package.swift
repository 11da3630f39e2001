// swift-tools-version: 6.2
import PackageDescription

/// What every storey is compiled with: Swift 6's checks, and no warning is tolerated.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
    // Overlapping access is found by the tests, which are debug builds; in the product the checks
    // were a third of all instructions of a request (docs/decisions/0002).
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// One storey of the house: a target and the storeys below that it may import.
func storey(_ name: String, on below: Target.Dependency...) -> Target {
    .target(name: name, dependencies: below, swiftSettings: house)
}

/// A pure storey: bytes and values in, values out; every unsafe expression has to say so.
func pureStorey(_ name: String, on below: Target.Dependency...) -> Target {
    .target(name: name, dependencies: below, swiftSettings: house + [.strictMemorySafety()])
}

/// The tests of one storey.
func tests(of name: String, on others: Target.Dependency..., resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.byName(name: name)] + others,
        resources: resources,
        swiftSettings: house
    )
}

let package = Package(
    name: "swiftcorn",
    products: [
        .library(name: "SwiftcornCore", type: .dynamic, targets: ["PythonModule"]),
        .executable(name: "swiftcorn-limit", targets: ["Limit"]),
        .executable(name: "swiftcorn-parser", targets: ["Parser"]),
    ],
    targets: [
        // The ground: what Swift cannot say, and the headers of others.
        .systemLibrary(
            name: "CPythonHeaders",
            pkgConfig: "python3",
            providers: [.apt(["python3-dev"])]
        ),
        .target(name: "CPython", dependencies: ["CPythonHeaders"]),
        .target(name: "CSystem"),
        .target(name: "CSystemd"),

        // The kernel as owned values.
        storey("Platform", on: "CSystem", "CSystemd"),

        // A store in memory that processes share: no descriptor, no clock, no Python.
        storey("SharedStore", on: "CSystem"),

        // Values: no descriptor, no clock, no Python.
        pureStorey("HTTP"),
        pureStorey("Settings"),
        pureStorey("Control"),

        // The machine that moves bytes.
        storey("Log", on: "Platform"),
        storey("Engine", on: "Platform", "CSystem"),
        storey("Serving", on: "Engine", "HTTP", "Log", "Platform"),

        // Python.
        storey("PythonRuntime", on: "CPython"),
        storey(
            "Gateway",
            on: "PythonRuntime",
            "CPython",
            "Serving",
            "SharedStore",
            "Engine",
            "HTTP",
            "Log",
            "Platform"
        ),

        // Processes.
        storey("Arbiter", on: "Platform", "Log"),
        storey(
            "Workers",
            on: "Gateway",
            "PythonRuntime",
            "Serving",
            "Engine",
            "HTTP",
            "Platform",
            "Log"
        ),
        .target(
            name: "Monitor",
            dependencies: [
                "Control", "Serving", "SharedStore", "Engine", "HTTP", "Platform", "Log",
            ],
            resources: [.embedInCode("status.html")],
            swiftSettings: house
        ),
        storey("CommandLine", on: "Settings"),

        // Composition and the door.
        storey(
            "Assembly",
            on: "CommandLine",
            "Arbiter",
            "Workers",
            "Monitor",
            "Gateway",
            "PythonRuntime",
            "Serving",
            "SharedStore",
            "Engine",
            "HTTP",
            "Log",
            "Control",
            "Settings",
            "Platform"
        ),
        storey("PythonModule", on: "Assembly", "Gateway", "PythonRuntime", "CPython"),

        // The baseline of the benchmark: our engine serving a Swift closure.
        .executableTarget(
            name: "Limit",
            dependencies: ["Serving", "Engine", "HTTP", "Platform", "Log"],
            path: "benchmarks/Limit",
            swiftSettings: house
        ),
        // The parser alone, for whoever makes it faster.
        .executableTarget(
            name: "Parser",
            dependencies: ["HTTP", "Platform"],
            path: "benchmarks/Parser",
            swiftSettings: house
        ),

        tests(of: "Platform"),
        tests(of: "SharedStore"),
        tests(of: "HTTP", resources: [.copy("Requests")]),
        tests(of: "Settings"),
        tests(of: "Control"),
        tests(of: "Log"),
        tests(of: "Engine", on: "Platform"),
        tests(of: "Serving", on: "Engine", "HTTP", "Platform", "Log"),
        tests(of: "Arbiter", on: "Platform", "Log"),
        tests(of: "Monitor", on: "Control", "Platform", "SharedStore"),
        tests(of: "CommandLine", on: "Settings"),
    ],
    swiftLanguageModes: [.v6]
)
