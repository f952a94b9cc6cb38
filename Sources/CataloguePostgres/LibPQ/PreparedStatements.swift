import CLibPQ
import UploadCore

/// Which statements a connection has prepared by name at its server, so that they are parsed once.
///
/// A text is prepared at its second use. After some more the server keeps its plan as well, and takes it until the
/// statistics of a table change: a plan that was made for a few rows may read a table of many from one end to the other.
/// So the plans are given up from time to time.
///
/// Source: PostgreSQL 15 documentation, “PREPARE” and “DISCARD”.
struct PreparedStatements {
    /// The texts that may be prepared; others are sent as they are. The catalogue has fewer, so only a mistake reaches it. The
    /// server holds about 12 KiB for each, on each connection.
    static let textsMax = 512
    /// The transactions after which the server plans all statements again.
    static let planAgeMax = 1000

    /// A text means something else with other types of parameters.
    struct Statement: Hashable, Sendable {
        let sql: String
        let types: [Oid]

        /// Derived from the text alone: behind a pooler that was not recognised, whatever another connection has prepared by this
        /// name is the same statement.
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
            // A plan for any limit reads a tenth of the table.
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
    /// - Returns: Whether the server is to give up its plans.
    mutating func beginTransaction() -> Bool {
        planAge = planAge == Self.planAgeMax ? 1 : planAge + 1
        return planAge == Self.planAgeMax
    }
}
