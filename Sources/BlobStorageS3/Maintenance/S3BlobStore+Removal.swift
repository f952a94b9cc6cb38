public import UploadCore

extension S3BlobStore {
    /// Single deletions at the same time.
    static let deletionsMax = 8

    /// Deletes segments.
    ///
    /// - Parameter keys: Those of segments.
    /// - Throws: `unavailable` if some of them were not deleted. The others are; deleting them again does nothing.
    public func remove(_ keys: [ObjectKey]) async throws(UploadError) {
        if let first = try await removeEach(keys).first { throw first.error }
    }

    /// Deletes segments. One that the engine refuses to delete, or fails to delete in all attempts, does not hold up the
    /// others.
    public func removeEach(_ keys: [ObjectKey]) async throws(UploadError) -> [UnremovedObject] {
        let undeleted = try await deleteEach(keys.map(client.name))
        let failures = Dictionary(undeleted.map { ($0.name, $0.failure) }) { first, _ in first }
        return keys.compactMap { key in
            failures[client.name(of: key)].map {
                UnremovedObject(key: key, error: Self.error("deleting segment \(key.digest.hex)", $0))
            }
        }
    }

    func removeObjects(_ names: [String]) async throws(UploadError) {
        if let first = try await deleteEach(names).first { throw Self.error("deleting \(first.name)", first.failure) }
    }

    /// - Returns: The objects that are still there.
    /// - Throws: The failure of a request that is about all of them.
    private func deleteEach(_ names: [String]) async throws(UploadError) -> [S3Client.Undeleted] {
        let size = client.location.engine.deletionBatch
        if size == 1 { return try await deleteSingly(names) }
        var undeleted: [S3Client.Undeleted] = []
        for start in stride(from: 0, to: names.count, by: size) {
            undeleted += try await deleteTogether(Array(names[start..<min(start + size, names.count)]))
        }
        return undeleted
    }

    private func deleteTogether(_ names: [String]) async throws(UploadError) -> [S3Client.Undeleted] {
        var names = names
        var refused: [S3Client.Undeleted] = []
        var retries = client.retries
        while true {
            var left: [S3Client.Undeleted] = []
            do throws(S3Failure) {
                let asked = Set(names)
                let undeleted = try await client.delete(names)
                if let other = undeleted.first(where: { !asked.contains($0.name) }) {
                    throw S3Failure(kind: other.failure.kind, detail: "an unknown object: \(other.failure.detail)")
                }
                // Only failures that may pass are repeated, for their objects alone.
                refused += undeleted.filter { !$0.failure.isTemporary }
                left = undeleted.filter(\.failure.isTemporary)
                guard let first = left.first else { return refused }
                names = left.map(\.name)
                throw first.failure
            } catch let failure {
                // Engines without DeleteObjects.
                if failure.kind == .unsupported { return try await refused + deleteSingly(names) }
                do throws(UploadError) {
                    try await pause(&retries, failure)
                } catch {
                    if case .cancelled = error.reason { throw error }
                    // The request itself was answered: it is these objects that cannot be deleted.
                    guard !left.isEmpty else { throw error }
                    return refused + left
                }
            }
        }
    }

    /// - Throws: If the engine answers for no object: then it is the engine that fails.
    private func deleteSingly(_ names: [String]) async throws(UploadError) -> [S3Client.Undeleted] {
        var undeleted: [S3Client.Undeleted] = []
        var hasAnswered = false
        for start in stride(from: 0, to: names.count, by: Self.deletionsMax) {
            let some = names[start..<min(start + Self.deletionsMax, names.count)]
            let results = await withTaskGroup(of: (name: String, failure: S3Failure?).self) { group in
                for name in some { group.addTask { (name, await self.deleteOne(name)) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            // An engine that wants fewer requests has not looked at the object.
            hasAnswered =
                hasAnswered || results.contains { $0.failure.map { $0.isResponse && $0.kind != .busy } ?? true }
            for case (let name, let failure?) in results {
                guard hasAnswered, failure.kind != .cancelled else { throw Self.error("deleting \(name)", failure) }
                undeleted.append(S3Client.Undeleted(name: name, failure: failure))
            }
        }
        return undeleted
    }

    /// - Returns: The failure of the last attempt; nil if the object is deleted.
    private func deleteOne(_ name: String) async -> S3Failure? {
        var retries = client.retries
        while true {
            do throws(S3Failure) {
                try await client.delete(name)
                return nil
            } catch let failure {
                do throws(UploadError) {
                    try await pause(&retries, failure)
                } catch {
                    if case .cancelled = error.reason { return S3Failure(kind: .cancelled, detail: failure.detail) }
                    return failure
                }
            }
        }
    }

    private func pause(_ retries: inout RetryLoop, _ failure: S3Failure) async throws(UploadError) {
        guard failure.kind != .missing, failure.kind != .full else { throw Self.error("deleting segments", failure) }
        try await retries.pause(after: failure, "deleting segments")
    }

    /// A missing bucket, or whatever else prevents a deletion, is no damage.
    private static func error(_ subject: String, _ failure: S3Failure) -> UploadError {
        failure.kind == .cancelled
            ? UploadError(.cancelled) : UploadError(.unavailable(detail: "\(subject): \(failure.detail)"))
    }
}
