import HTTPWire
import Logging
import NativeWire
import SessionCore

/// Writes each event as one line, in `text` (`time=… level=… msg="…" key=value`) or as a JSON object.
///
/// Values cannot inject further lines. Values under names such as `token` or `authorization` are redacted.
struct LineLogHandler: LogHandler {
    /// The shared level, unless a logger was given one of its own.
    var logLevel: Logger.Level {
        get { ownLevel ?? level.value }
        set { ownLevel = newValue }
    }
    var metadata = Logger.Metadata()
    var metadataProvider: Logger.MetadataProvider?

    private let level: SharedLogLevel
    private var ownLevel: Logger.Level?
    private let format: LogFormat
    private let now: @Sendable () -> Timestamp
    private let write: @Sendable (String) -> Void

    init(
        format: LogFormat, level: SharedLogLevel, now: @escaping @Sendable () -> Timestamp,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.format = format
        self.level = level
        self.now = now
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var values = metadata
        // The event's own metadata overrides.
        for more in [metadataProvider?.get(), event.metadata] {
            if let more { values.merge(more) { $1 } }
        }
        if let error = event.error { values["error"] = "\(error)" }
        let fixed: [(String, Logger.MetadataValue)] = [
            ("time", "\(now().rfc3339)"), ("level", "\(event.level)"), ("msg", "\(event.message)"),
        ]
        let known = Set(fixed.map(\.0))
        let rest = values.sorted { $0.key < $1.key }.map { key, value in
            (known.contains(key) ? "_" + key : key, Self.isSecret(key) ? "[redacted]" : value)
        }
        write(format.line(fixed + rest))
    }

    /// Whether a name suggests a secret value.
    static func isSecret(_ key: String) -> Bool {
        let key = key.lowercased()
        return ["authorization", "token", "secret", "password", "cookie"].contains { key.contains($0) }
    }
}

extension LogFormat {
    /// One line without the newline.
    func line(_ fields: [(String, Logger.MetadataValue)]) -> String {
        switch self {
        case .text: fields.map { "\(Self.key($0))=\(Self.word($1))" }.joined(separator: " ")
        case .json: Self.object(fields)
        }
    }

    // MARK: Text

    /// A key with every ambiguous character replaced.
    private static func key(_ key: String) -> String {
        String(String.UnicodeScalarView(key.unicodeScalars.map { isPlain($0) && $0 != "=" ? $0 : "_" }))
    }

    /// A single plain word unchanged, anything else quoted as in JSON.
    private static func word(_ value: Logger.MetadataValue) -> String {
        let text =
            switch value {
            case .string(let text): text
            case .stringConvertible(let value): "\(value)"
            case .array, .dictionary: json(value)
            }
        return !text.isEmpty && text.unicodeScalars.allSatisfy { isPlain($0) && $0 != "=" } ? text : quoted(text)
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value > 0x20 && scalar.value < 0x7f && scalar != "\"" && scalar != "\\"
    }

    // MARK: JSON (RFC 8259)

    private static func object(_ fields: [(String, Logger.MetadataValue)]) -> String {
        "{" + fields.map { "\(quoted($0)):\(json($1))" }.joined(separator: ",") + "}"
    }

    private static func json(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): quoted(text)
        case .stringConvertible(let value): number(value) ?? quoted("\(value)")
        case .array(let values): "[" + values.map(json).joined(separator: ",") + "]"
        case .dictionary(let values):
            object(
                values.sorted { $0.key < $1.key }.map { key, value in
                    (key, LineLogHandler.isSecret(key) ? "[redacted]" : value)
                })
        }
    }

    private static func number(_ value: any CustomStringConvertible) -> String? {
        switch value {
        case let value as any FixedWidthInteger: "\(value)"
        case let value as Bool: "\(value)"
        case let value as Double where value.isFinite: "\(value)"
        default: nil
        }
    }

    /// A quoted string. Control characters and direction overrides are escaped.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\0"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{2028}", "\u{2029}", "\u{202a}"..."\u{202e}",
                "\u{2066}"..."\u{2069}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
