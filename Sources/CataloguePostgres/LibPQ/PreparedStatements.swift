import CLibPQ
import UploadCore

/// Which statements a connection has prepared by name at its server, so that they are parsed once.
///
/// A statement is prepared at its second use. After some more the server keeps a generic plan, and uses it until the
/// statistics of a table change: one that was made for a few rows may scan a table of many sequentially. So the plans are
/// discarded from time to time.
///
/// Source: PostgreSQL 15 documentation, “PREPARE” and “DISCARD”.
struct PreparedStatements {
    /// The most statements that are prepared; others are sent unprepared. The catalogue has fewer, so only a mistake reaches it.
    /// The server needs about 12 KiB for each, on each connection.
    static let textsMax = 512
    /// The transactions after which the server plans all statements again.
    static let planAgeMax = 1000

    /// The same text with other types of parameters is another statement.
    struct Statement: Hashable, Sendable {
        let sql: String
        let types: [Oid]

        /// A hash of the text and the types: through a pooler that was not recognised, what another connection has prepared under
        /// this name is the same statement.
        var name: String {
            let digest = Digest(of: Array("\(types) \(sql)".utf8))
            // PostgreSQL compares 63 bytes of a name.
            return "wharf_" + digest.hex.prefix(32)
        }
    }

    /// How a statement is sent.
    enum Form: Hashable {
        case text
        /// To be prepared by this name, and then executed.
        case preparing(String)
        case prepared(String)
    }

    /// Nil for a text that was used once.
    private var names: [Statement: String?] = [:]
    private var planAge = 0

    /// Counts a use.
    mutating func form(of statement: Statement) -> Form {
        guard let known = names[statement] else {
            // A generic plan assumes that a limit returns a tenth of the rows.
            if names.count < Self.textsMax, !statement.sql.contains("LIMIT $") {
                names.updateValue(nil, forKey: statement)
            }
            return .text
        }
        if let name = known { return .prepared(name) }
        let name = statement.name
        names[statement] = name
        return .preparing(name)
    }

    /// Notes that the server did not prepare a statement, since an earlier one of the pipeline failed.
    mutating func notPrepared(_ statement: Statement) {
        names.updateValue(nil, forKey: statement)
    }

    /// Counts a transaction.
    ///
    /// - Returns: Whether the server is to discard its plans.
    mutating func beginTransaction() -> Bool {
        planAge = planAge == Self.planAgeMax ? 1 : planAge + 1
        return planAge == Self.planAgeMax
    }
}
