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
    func requireWritable() throws(UploadError) {
        try connection.run("UPDATE wharf_store SET one = one")
    }
}
