private import CSystem

/// What the process was started with: its variables, its directory, its terminal.
package enum ProcessEnvironment {
    /// All variables as they are now.
    package static var variables: [String: String] {
        var found: [String: String] = [:]
        var next = csys_environment()
        while let entry = next?.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                found[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next = next.map { $0 + 1 }
        }
        return found
    }

    /// One variable as the C library has it now.
    package static func variable(_ name: String) -> String? {
        csys_environment_variable(name).map { String(cString: $0) }
    }

    /// The current directory; `PWD` where it is the same one, since it keeps symbolic links.
    package static func workingDirectory(variables: [String: String]) -> String {
        let current = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { room in
            let count = csys_directory_current(room.baseAddress, room.count)
            return String(
                decoding: UnsafeRawBufferPointer(room).prefix(max(0, count)),
                as: UTF8.self
            )
        }
        if let named = variables["PWD"], csys_path_same(named, current) == 1 { return named }
        return current
    }

    /// Columns of the terminal; nil where output goes elsewhere.
    package static var terminalColumns: Int? {
        let columns = csys_terminal_columns()
        return columns > 0 ? Int(columns) : nil
    }

    package static func userNumber(_ name: String) -> Int? {
        let number = csys_user_number(name)
        return number < 0 ? nil : number
    }

    package static func groupNumber(_ name: String) -> Int? {
        let number = csys_group_number(name)
        return number < 0 ? nil : number
    }
}
