import UploadCore

// The table `wharf_store` has one row.
extension Queries {
    func maintenanceState() throws(UploadError) -> MaintenanceState {
        let state = try connection.first(
            "SELECT needs_verification, scrubbed_through, scrub_began, is_scrubbing FROM wharf_store"
        ) { row throws(UploadError) in
            MaintenanceState(
                needsVerification: try row.next(), scrubbedThrough: try row.next(), scrubBegan: try row.next(),
                isScrubbing: try row.next())
        }
        return state ?? MaintenanceState()
    }

    func setMaintenanceState(_ state: MaintenanceState) throws(UploadError) {
        try connection.send(
            "UPDATE wharf_store SET needs_verification = $1, scrubbed_through = $2, scrub_began = $3, is_scrubbing = $4",
            state.needsVerification, state.scrubbedThrough, state.scrubBegan, state.isScrubbing)
    }
}

extension Queries {
    /// Writes a row as it is.
    ///
    /// - Throws: `unavailable` also while a migration into the database is not finished.
    func requireWritable() throws(UploadError) {
        try connection.requireNoMigration()
        try connection.run("UPDATE wharf_store SET one = one")
    }
}

extension Queries {
    func objectsMark() throws(UploadError) -> ObjectsMark? {
        let bytes = try connection.first("SELECT objects_mark FROM wharf_store") { row throws(UploadError) in
            try row.next([UInt8]?.self)
        }
        guard let bytes = bytes ?? nil else { return nil }
        guard let mark = ObjectsMark(bytes: bytes) else {
            throw UploadError(.storeCorrupt(detail: "the mark of the bucket has \(bytes.count) bytes"))
        }
        return mark
    }

    func record(_ mark: ObjectsMark) throws(UploadError) -> ObjectsMark {
        try connection.send("UPDATE wharf_store SET objects_mark = $1 WHERE objects_mark IS NULL", mark.bytes)
        // Of the statement, or of the engine that was first.
        guard let recorded = try objectsMark() else {
            throw UploadError(.storeCorrupt(detail: "the state of the store is missing"))
        }
        return recorded
    }
}
