/// The fields of `/proc/PID/stat` (proc(5)) behind the process's name.
enum ProcessStat {
    /// The state first, which is the third field of all; nil where there is no such text.
    static func fields(of stat: String) -> [Substring]? {
        // The second field is a name in parentheses that may hold anything.
        guard let name = stat.lastIndex(of: ")") else { return nil }
        return stat[stat.index(after: name)...].split(separator: " ")
    }
}
