extension UploadService {
    /// What the caller uses, as an owner of capsules and as a caller.
    public func usage(of caller: Principal) async throws(UploadError) -> Usage {
        try await catalogue.usage(of: caller)
    }
}
