import UploadCore

/// The format of the database: its marker, and the migrations from older formats.
struct Format: Sendable {
    /// The n-th script migrates version n − 1 to version n. Shipped scripts are never changed. Each is a list of
    /// statements, since one that has parameters cannot be several.
    let migrations: [[String]]

    var version: Int { migrations.count }

    static let current = Format(migrations: [schema1, schema2, schema3, schema4])

    /// “Whrf”: engines that start at the same time migrate one after another.
    static let migrationLock: Int64 = 0x5768_7266
}

extension Connection {
    /// Creates the tables, or brings those of an older release to the current format, in the transaction that is open.
    ///
    /// - Throws: `unsupported_format` if a newer release wrote them.
    func migrate(to format: Format) throws(UploadError) {
        if try version(supported: format.version) == format.version { return }
        try send("SELECT pg_advisory_xact_lock($1)", Format.migrationLock)
        // Another engine may have migrated meanwhile.
        let found = try version(supported: format.version)
        guard found < format.version else { return }
        for step in found..<format.version { try execute(format.migrations[step]) }
        if found == 0 { try send("UPDATE wharf_store SET link_key = $1", LinkSecret.random().bytes) }
        try run("UPDATE wharf_store SET format = $1", format.version)
    }

    /// Requires tables of exactly this format.
    ///
    /// - Throws: `invalid_argument` without tables, `unsupported_format`.
    func requireFormat(_ format: Format) throws(UploadError) {
        let found = try version(supported: format.version)
        guard found > 0 else {
            throw UploadError(.invalidArgument("catalogue", "has no tables of Wharf: name the database of the nodes"))
        }
        guard found == format.version else {
            throw UploadError(.unsupportedFormat(found: found, supported: format.version))
        }
    }

    /// - Returns: The format of the tables; 0 if there are none.
    private func version(supported: Int) throws(UploadError) -> Int {
        // A row of `pg_class`, since names are looked up in a cache that does not know yet what was committed during a wait.
        let tables = try first(
            """
            SELECT count(*) FILTER (WHERE relname = 'wharf_store'), count(*) FILTER (WHERE relname = 'uploads')
            FROM pg_class WHERE relnamespace = current_schema()::regnamespace
            """
        ) { row throws(UploadError) in (stores: try row.next(Int.self), uploads: try row.next(Int.self)) }
        guard let tables, tables.stores > 0 else {
            guard tables?.uploads ?? 0 == 0 else {
                throw UploadError(.storeCorrupt(detail: "the database has a table “uploads” of another application"))
            }
            return 0
        }
        let version = try first("SELECT format FROM wharf_store") { row throws(UploadError) in try row.next(Int.self) }
        guard let version else { throw UploadError(.storeCorrupt(detail: "the state of the store is missing")) }
        guard version <= supported else {
            throw UploadError(.unsupportedFormat(found: version, supported: supported))
        }
        return version
    }
}
