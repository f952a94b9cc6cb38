import Testing

/// A series of requests whose whole exchange is compared with a record.
struct TranscriptScript: Sendable, CustomTestStringConvertible {
    /// Of its record.
    let name: String
    let title: String
    var settings = ServerSettings()
    let run: @Sendable (TranscriptRecorder) async throws -> Void

    var testDescription: String { name }

    init(
        _ name: String, _ title: String, change: (inout ServerSettings) -> Void = { _ in },
        run: @escaping @Sendable (TranscriptRecorder) async throws -> Void
    ) {
        self.name = name
        self.title = title
        self.run = run
        change(&settings)
    }

    static let all =
        [
            access, assets, batches, begin, capsules, chunks, deleting, derivations, downloads, finish, links, memories,
            memoryRefusals,
            quotas,
            sessions,
            service, tickets, wholeBlobs,
            tusAccess, tusBusy, tusChecksums, tusConcatenation, tusCore, tusCreation, tusEnds,
        ] + resumable

    /// What is said when it runs over a transport.
    func transcript(over kind: TransportKind) async throws -> String {
        var settings = settings
        settings.authenticator = try TestCallers.authenticator()
        return try await kind.run(settings) { transport, store in
            let recorder = TranscriptRecorder(title, over: transport, clock: store.clock)
            try await run(recorder)
            return recorder.text
        }
    }
}
