import DurableFiles
import NativeWire

/// The stored states of uploads in progress, or none where nothing is to be stored.
struct ResumeStates: Sendable {
    let client: UploadClient
    let store: ResumeStore?

    /// The state to go on with: the stored one of the same content, or else the wanted one, which is stored.
    ///
    /// - Parameters:
    ///   - lost: A state whose upload the server no longer has.
    ///   - abandon: Ends the upload of a file that has changed since. If that fails, it expires.
    func current(
        _ wanted: ResumeState, replacing lost: ResumeState?, abandon: (ResumeState) async -> Void
    ) async throws -> ResumeState {
        guard let store else { return wanted }
        let found = try await client.pool.run { () throws(ClientError) in store.load(like: wanted) }
        if let found, found.idempotencyKey != lost?.idempotencyKey {
            if found.continues(as: wanted) { return found }
            await abandon(found)
        }
        return try await client.pool.run { () throws(ClientError) in try store.begin(wanted, replacing: found) }
    }

    func save(_ state: ResumeState) async throws {
        guard let store else { return }
        try await client.pool.run { () throws(ClientError) in try store.save(state) }
    }

    func forget(_ state: ResumeState) async {
        guard let store else { return }
        await client.pool.run { store.remove(state) }
    }
}

extension LocalFile {
    /// The name of its upload.
    func name(_ options: PutOptions) -> String { options.name ?? LocalPath(path).lastComponent.text }
}
