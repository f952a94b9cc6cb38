import UploadCore

// The table `store_state` has one row.
extension Queries {
    func storeId() throws(UploadError) -> [UInt8]? {
        try connection.first("SELECT id FROM store_state") { row throws(UploadError) in try row.next() }
    }

    func maintenanceState() throws(UploadError) -> MaintenanceState {
        let state = try connection.first(
            "SELECT needs_verification, scrubbed_through, scrub_began, is_scrubbing FROM store_state"
        ) { row throws(UploadError) in
            MaintenanceState(
                needsVerification: try row.next(), scrubbedThrough: try row.next(), scrubBegan: try row.next(),
                isScrubbing: try row.next())
        }
        return state ?? MaintenanceState()
    }

    func setMaintenanceState(_ state: MaintenanceState) throws(UploadError) {
        try connection.run(
            "UPDATE store_state SET needs_verification = ?1, scrubbed_through = ?2, scrub_began = ?3, is_scrubbing = ?4",
            state.needsVerification, state.scrubbedThrough, state.scrubBegan, state.isScrubbing)
    }
}
