public import UploadCore

extension CataloguePostgres: ScrubCatalogue {
    public func takeScrubTurn(_ report: ScrubReport, _ pace: ScrubPace) async throws(UploadError) -> ScrubTurn {
        try await write { queries throws(UploadError) in try queries.takeScrubTurn(report, pace) }
    }

    public func leaveScrub() async throws(UploadError) {
        try await write { queries throws(UploadError) in try queries.leaveScrub() }
    }
}
