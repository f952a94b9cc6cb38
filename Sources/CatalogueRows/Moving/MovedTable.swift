/// A table that both catalogues have, and how its rows are read from the one in SQLite and written to the one in PostgreSQL.
///
/// A test compares the columns with both formats: each is moved, or listed there with the reason why it is not.
package struct MovedTable: Sendable {
    package enum Kind: Hashable, Sendable {
        case number
        /// A number in SQLite, a boolean in PostgreSQL.
        case flag
        case text
        case bytes
    }

    package struct Column: Hashable, Sendable {
        /// The name in PostgreSQL.
        package let name: String
        package let kind: Kind
        /// The expression in SQLite.
        package let source: String
        /// The column of SQLite that the expression reads.
        package let sourceColumn: String
    }

    package let name: String
    package let columns: [Column]
    /// The number of columns, from the first on, that identify a row. Rows are in their order.
    package let keyCount: Int
    /// Rows that are read and written together: as many as fit into the memory if all are as large as they may be.
    package let rowsMax: Int
    /// Whether PostgreSQL numbers the rows itself, in `seq`.
    package let isNumbered: Bool
    private let source: String
    private let sourceKey: String
    /// Of a row behind the one with the key `?1`, `?2`.
    private let sourceAfter: String

    private init(
        _ name: String, key: Int, rowsMax: Int = 500, isNumbered: Bool = false, from source: String? = nil,
        keyedBy sourceKey: String? = nil, after sourceAfter: String? = nil, _ columns: [Column]
    ) {
        self.name = name
        self.columns = columns
        self.rowsMax = rowsMax
        self.isNumbered = isNumbered
        keyCount = key
        self.source = source ?? name
        let expressions = columns[..<key].map(\.source).joined(separator: ", ")
        self.sourceKey = sourceKey ?? expressions
        self.sourceAfter = sourceAfter ?? (key == 1 ? "\(expressions) > ?1" : "(\(expressions)) > (?1, ?2)")
    }

    /// SQLite's query for the first rows, with the parameter `limit`; or with those of a key before it, for the rows behind.
    package func sourceQuery(isFirst: Bool) -> String {
        """
        SELECT \(columns.map(\.source).joined(separator: ", ")) FROM \(source)
        \(isFirst ? "" : "WHERE \(sourceAfter)") ORDER BY \(sourceKey) LIMIT ?\(isFirst ? 1 : keyCount + 1)
        """
    }
}

// MARK: - Columns

extension MovedTable.Column {
    fileprivate static func number(_ name: String, _ source: String? = nil, of column: String? = nil) -> Self {
        Self(name: name, kind: .number, source: source ?? name, sourceColumn: column ?? source ?? name)
    }

    fileprivate static func flag(_ name: String) -> Self {
        Self(name: name, kind: .flag, source: name, sourceColumn: name)
    }

    fileprivate static func text(_ name: String, _ source: String? = nil) -> Self {
        Self(name: name, kind: .text, source: source ?? name, sourceColumn: name)
    }

    fileprivate static func bytes(_ name: String, _ source: String? = nil) -> Self {
        Self(name: name, kind: .bytes, source: source ?? name, sourceColumn: name)
    }
}

extension MovedTable {
    /// All that are moved. No row of one needs those of another to be there: the rules of the catalogue rest meanwhile.
    package static let all = [
        MovedTable(
            "capsules", key: 1,
            [
                .bytes("id"), .text("title"), .text("owner"), .flag("is_default"), .number("inline_bytes"),
                .number("created_at"), .number("recipe"),
            ]),
        MovedTable("members", key: 2, [.bytes("capsule"), .text("principal"), .number("role")]),
        MovedTable(
            "links", key: 1,
            [
                .bytes("id"), .bytes("capsule"), .text("title"), .number("created_at"), .number("expires_at"),
                .number("files_max"), .number("uses_max"), .number("bytes_max"), .number("file_bytes_max"),
                .text("types"), .number("uses"), .number("files"), .number("bytes"),
            ]),
        MovedTable(
            "uploads", key: 1, isNumbered: true,
            [
                .number("seq"), .bytes("id"), .number("state"), .number("state_at"), .bytes("capsule"), .text("caller"),
                .flag("is_partial"), .number("storage"), .flag("is_concatenation"), .flag("is_freed"),
                .number("chunk_size"), .number("length"), .number("appended", "offset"), .number("unsized_bytes"),
                .number("created_at"), .number("last_seen"), .text("provisional_memory"), .bytes("idempotency_key"),
                .bytes("fingerprint", "nullif(fingerprint, x'')"), .bytes("expected_digest"), .bytes("digest"),
                .number("digest_parts"), .number("tail_checksum"), .bytes("prefix_hash"), .text("content_type"),
                .text("name"), .text("opaque"), .number("modified_at"), .number("recipe"), .bytes("companions"),
                .bytes("link"),
            ]),
        MovedTable("ledger", key: 2, [.number("upload"), .number("page"), .bytes("bits")]),
        // SQLite's key is `place`: see `InlineByteKeys`.
        MovedTable(
            "bytes", key: 2, rowsMax: 16, keyedBy: "place", after: "place > (?1 << 21) + ?2",
            [
                .number("upload", "place >> 21", of: "place"), .number("start", "place & 2097151", of: "place"),
                .bytes("data"),
            ]),
        MovedTable("checksums", key: 2, [.number("upload"), .number("page"), .bytes("sums")]),
        MovedTable("parts", key: 2, [.number("whole"), .number("position"), .number("source")]),
        MovedTable(
            "concatenations", key: 1, rowsMax: 16,
            [
                .number("whole"), .bytes("part_ids"), .number("pending_parts"), .number("lost_parts"),
                .number("unsized_parts"), .number("parts_length"), .bytes("extents"), .bytes("whole_digest"),
            ]),
        MovedTable(
            "memories", key: 1, rowsMax: 100, isNumbered: true,
            [
                .number("seq"), .bytes("id"), .bytes("capsule"), .text("creator"), .bytes("idempotency_key"),
                .bytes("fingerprint"), .number("created_at"), .number("taken_at"), .number("taken_zone"), .text("type"),
                .text("title"), .text("text"), .bytes("thumb_hash"), .text("derivation_error"),
                .number("derivation_extent"), .text("derivation_note"),
            ]),
        MovedTable("tags", key: 2, [.number("memory"), .number("position"), .text("tag")]),
        MovedTable(
            "assets", key: 1, rowsMax: 16, isNumbered: true,
            [
                .number("seq"), .number("memory"), .bytes("id"), .text("kind"), .text("content_type"), .number("size"),
                .number("width"), .number("height"), .bytes("digest"), .bytes("blob"), .bytes("inline"),
            ]),
        MovedTable(
            "derivations", key: 1, from: "derivations CROSS JOIN uploads ON seq = derivations.upload",
            [
                .number("upload", "derivations.upload", of: "upload"), .bytes("id", "derivations.id"),
                .bytes("capsule", "derivations.capsule"), .text("caller", "uploads.caller"),
                .number("state", "derivations.state", of: "state"), .number("attempts"), .number("due_at"),
                .text("reason"), .bytes("memory"),
            ]),
        MovedTable(
            "usage", key: 1,
            [
                .text("principal"), .number("stored_bytes"), .number("reserved_bytes"), .number("capsules"),
                .number("members"), .number("pending_uploads"), .number("pending_bytes"),
            ]),
        MovedTable("active", key: 2, [.bytes("capsule"), .text("caller"), .number("n")]),
    ]
}
