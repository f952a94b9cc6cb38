public import UploadCore

extension S3BlobStore {
    /// Single deletions at the same time.
    static let deletionsMax = 8

    /// Deletes segments.
    ///
    /// - Parameter keys: Those of segments.
    /// - Throws: `unavailable` if some of them were not deleted. The others are; deleting them again does nothing.
    public func remove(_ keys: [ObjectKey]) async throws(UploadError) {
        try await removeObjects(keys.map(client.name))
    }

    func removeObjects(_ names: [String]) async throws(UploadError) {
        var rest = names[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(client.location.engine.deletionBatch))
            rest = rest.dropFirst(batch.count)
            try await remove(batch)
        }
    }

    private func remove(_ names: [String]) async throws(UploadError) {
        var names = names
        var retries = client.retries
        while client.location.engine.deletionBatch > 1 {
            do throws(S3Failure) {
                let undeleted = try await client.delete(names)
                guard let first = undeleted.first else { return }
                names = undeleted.map(\.name)
                // Errors of single objects are repeated only if all may pass.
                let failure = undeleted.first { !$0.failure.isTemporary }?.failure ?? first.failure
                throw S3Failure(
                    kind: failure.kind,
                    detail: "\(names.count) objects are not deleted, \(names[0]): \(first.failure.detail)")
            } catch {
                // Engines without DeleteObjects.
                if error.kind == .unsupported { break }
                try await pause(&retries, error)
            }
        }
        try await removeSingly(names)
    }

    private func removeSingly(_ names: [String]) async throws(UploadError) {
        var rest = names[...]
        while !rest.isEmpty {
            let failures = await withTaskGroup(of: UploadError?.self) { group in
                for name in rest.prefix(Self.deletionsMax) { group.addTask { await self.removeOne(name) } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            rest = rest.dropFirst(Self.deletionsMax)
            if let failure = failures.compactMap(\.self).first { throw failure }
        }
    }

    private func removeOne(_ name: String) async -> UploadError? {
        var retries = client.retries
        while true {
            do throws(S3Failure) {
                try await client.delete(name)
                return nil
            } catch let failure {
                do throws(UploadError) {
                    try await pause(&retries, failure)
                } catch {
                    return error
                }
            }
        }
    }

    /// A missing bucket, or whatever else prevents a deletion, is no damage.
    private func pause(_ retries: inout RetryLoop, _ failure: S3Failure) async throws(UploadError) {
        guard failure.kind != .missing, failure.kind != .full else {
            throw UploadError(.unavailable(detail: "deleting segments: \(failure.detail)"))
        }
        try await retries.pause(after: failure, "deleting segments")
    }
}
