extension Result where Failure == any Error {
    /// The outcome of an asynchronous function, for what is to be done whether or not it throws.
    package init(of body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
