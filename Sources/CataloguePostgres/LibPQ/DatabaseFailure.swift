import CLibPQ
import UploadCore

/// A failure of the server or of the connection to it, as opposed to a refusal by the catalogue.
struct DatabaseFailure: Hashable, Sendable {
    /// Five characters. Source: PostgreSQL 15 documentation, appendix A “PostgreSQL Error Codes”.
    let sqlState: String
    let message: String
    let isConnectionLost: Bool

    init(sqlState: String, message: String, statement: String) {
        self.sqlState = sqlState
        self.message = "\(message) (\(Self.excerpt(of: statement)))"
        // 57P01 to 57P03 and 57P05 (server or session ended), 25P03 (idle for too long): the session ends with them.
        isConnectionLost = ["57P01", "57P02", "57P03", "57P05", "25P03"].contains(sqlState)
    }

    init(_ result: OpaquePointer, statement: String) {
        let message = Self.field(.message, of: result) ?? PQresultErrorMessage(result).map { String(cString: $0) }
        self.init(
            sqlState: Self.field(.sqlState, of: result) ?? "", message: (message ?? "").firstLine, statement: statement)
    }

    private init(lost message: String) {
        sqlState = "08006"
        self.message = message
        isConnectionLost = true
    }

    static func connectionLost(_ message: String) -> DatabaseFailure { DatabaseFailure(lost: message) }

    /// Whether the same call may succeed when it is repeated: after a serialisation failure (40001), a deadlock (40P01),
    /// or on another connection; after a unique key was taken by a concurrent call (23505), which the repetition sees.
    var isRepeatable: Bool { isConnectionLost || ["40001", "40P01", "23505"].contains(sqlState) }

    /// Whether a statement was not found under its name (26000), its name was taken (42P05), or the plan that was kept for it
    /// returns other types than before (0A000, which has other causes, too).
    var isOfPreparedStatement: Bool { ["26000", "42P05", "0A000"].contains(sqlState) }

    /// The beginning of a statement, in one line: enough to know what it reads or changes.
    private static func excerpt(of statement: String) -> String {
        let words = statement.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.count <= excerptMax ? words : words.prefix(excerptMax) + "…"
    }

    static let excerptMax = 80

    /// The error while a catalogue is opened: `invalid_argument` for what no repetition mends, with what to change.
    var openingError: UploadError {
        // insufficient_privilege, invalid_schema_name
        guard ["42501", "3F000"].contains(sqlState) else { return error }
        let remedy =
            "make the user the owner of the database, or let it create tables in the first schema of its search_path"
        return UploadError(.invalidArgument("catalogue", "is refused: PostgreSQL says \(message); \(remedy)"))
    }

    /// The error for the caller.
    var error: UploadError {
        let detail = "PostgreSQL error \(sqlState): \(message)"
        switch sqlState {
        // disk_full
        case "53100": return UploadError(.storeFull)
        // program_limit_exceeded: an index row has 2704 bytes at most.
        case "54000": return UploadError(.invalidArgument("name", "is too long for the index of the catalogue"))
        // The engine checks before it writes, so a failing constraint means damage; as do corrupted pages.
        case "XX001", "XX002",
            _ where sqlState.hasPrefix("23") && !isRepeatable:
            return UploadError(.storeCorrupt(detail: detail))
        default: return UploadError(.unavailable(detail: detail))
        }
    }
}

extension DatabaseFailure {
    /// A field of an error or notice, by its code in the protocol (55.8 “Error and Notice Message Fields”).
    enum Field: Character {
        case severity = "V"
        case sqlState = "C"
        case message = "M"
    }

    static func field(_ field: Field, of result: OpaquePointer?) -> String? {
        guard let result, let code = field.rawValue.asciiValue else { return nil }
        return PQresultErrorField(result, Int32(code)).map { String(cString: $0) }
    }
}
