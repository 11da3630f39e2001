/// The sockets that clients connect to.
enum ServerSocket {
    static let settings = Setting.Section.serverSocket.holds([
        Setting(
            "bind",
            "-b",
            "--bind",
            metavar: "ADDRESS",
            kind: .list,
            initially: .asked(
                "`['127.0.0.1:8000']`, or `['0.0.0.0:$PORT']` with PORT in the environment"
            ) { surroundings throws(SettingError) in
                guard let port = surroundings.environment["PORT"] else {
                    return (.list(["127.0.0.1:8000"]), .builtIn)
                }
                return (.list(["0.0.0.0:\(port)"]), .environmentVariable("PORT"))
            },
            since: "20.0 for `fd://`",
            summary: "Address to listen on; may be given several times.",
            details: """
                `HOST`, `HOST:PORT`, `:PORT` (every interface), `[V6]:PORT`, `tcp://HOST:PORT`, \
                `unix:PATH` or `fd://N`. A missing port is 8000. A stronger source replaces the \
                whole list of a weaker one. Once a descriptor is among them (`fd://`, or inherited \
                from a service manager) only descriptors are used. With PORT in the environment \
                the default is `0.0.0.0:$PORT`.
                """
        ),
        Setting(
            "backlog",
            "--backlog",
            metavar: "INT",
            kind: .natural,
            initially: .value(2048),
            summary: "Connections that may wait to be accepted.",
            details: "Handed to `listen()`; the kernel's own limit (`somaxconn`) caps it."
        ),
    ])
}
