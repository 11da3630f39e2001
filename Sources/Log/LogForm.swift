/// How log lines are written: in Gunicorn's own words, or as objects that machines read.
package enum LogForm: Equatable, Sendable {
    case text
    /// One JSON object a line, in both logs with the same fields.
    case json
}
