public import UploadCore

extension S3BlobStore: SegmentStoreMaintenance {
    /// The objects of a page of a list.
    static let listPage = 1000

    public func storedSegments(after name: String?) async throws(UploadError) -> StoredSegments {
        let (objects, isTruncated) = try await retrying("listing segments") { () throws(S3Failure) in
            let page = try await client.list(prefix: client.segmentsPrefix, startAfter: name, limit: Self.listPage)
            let names = [name].compactMap(\.self) + page.objects.map(\.name)
            guard zip(names, names.dropFirst()).allSatisfy({ Array($0.utf8).lexicographicallyPrecedes($1.utf8) })
            else { throw S3Failure(kind: .unsupported, detail: "the engine lists objects out of order") }
            guard !page.isTruncated || !page.objects.isEmpty else {
                throw S3Failure(kind: .broken, detail: "the engine lists an empty page before the end")
            }
            return page
        }
        var page = StoredSegments(segments: [], unknownObjects: [], next: isTruncated ? objects.last?.name : nil)
        for object in objects {
            if let key = client.key(named: object.name) {
                page.segments.append(RecordedSegment(key: key, byteCount: object.byteCount))
            } else {
                page.unknownObjects.append((object.name, object.byteCount))
            }
        }
        return page
    }

    public func size(ofSegment key: ObjectKey) async throws(UploadError) -> UInt64? {
        try await size(named: client.name(of: key))
    }

    public func path(ofSegment key: ObjectKey) -> String { client.name(of: key) }

    /// Copies the object within the bucket, and deletes it once the copy is there.
    public func quarantine(segment key: ObjectKey) async throws(UploadError) -> Bool {
        let name = client.name(of: key)
        guard let size = try await size(named: name) else { return false }
        let copy = client.quarantineName(of: key)
        try await retrying("copying an object to the quarantine") { () throws(S3Failure) in
            try await client.copy(name, to: copy)
        }
        guard try await self.size(named: copy) == size else {
            throw UploadError(.unavailable(detail: "the engine did not copy \(name) to \(copy)"))
        }
        try await removeObjects([name])
        return true
    }

    func size(named name: String) async throws(UploadError) -> UInt64? {
        try await retrying("looking for an object") { () throws(S3Failure) in try await client.size(named: name) }
    }

    /// - Parameter check: Throws if it was something else that failed.
    /// - Throws: The failure of the last attempt. What is missing is the bucket or something else that is no damage.
    @discardableResult
    func retrying<Value: Sendable>(
        _ subject: String, _ body: () async throws(S3Failure) -> Value,
        unless check: () throws(UploadError) -> Void = {}
    ) async throws(UploadError) -> Value {
        var retries = client.retries
        while true {
            do throws(S3Failure) {
                return try await body()
            } catch {
                try check()
                guard error.kind != .missing, error.kind != .outOfRange, error.kind != .full else {
                    throw UploadError(.unavailable(detail: "\(subject): \(error.detail)"))
                }
                try await retries.pause(after: error, subject)
            }
        }
    }

    /// Requires that the bucket exists and can be listed, for a check of the store. Writes nothing.
    ///
    /// - Throws: `S3Error` with the step that failed, and what to change.
    public func requireReadable() async throws(S3Error) {
        try await requireBucket()
        try await step("listing segments") { () throws(S3Failure) in
            _ = try await client.list(prefix: client.segmentsPrefix, startAfter: nil, limit: 1)
        }
    }
}
