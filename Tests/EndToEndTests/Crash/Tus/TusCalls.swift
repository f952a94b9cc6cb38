import HTTPTypes
import NIOCore
import Testing
import TusWire
import UploadClient

/// A tus client that retries forever and records acknowledgements.
struct TusCalls: Sendable {
    static let creation = "/files"

    let calls: RetryingCalls
    let ledger: CrashLedger
    let promises: TusPromises

    /// The response to a `HEAD`.
    struct Status {
        /// nil for a concatenation with missing parts.
        let offset: Int?
        let isDeferred: Bool
    }

    /// How the bytes of a `PATCH` are sent.
    enum PatchVariant: Sendable {
        case plain
        case checked(ChecksumAlgorithm)
        /// With a wrong checksum.
        case mismatched(ChecksumAlgorithm)
        /// The connection breaks after so many of them.
        case cut(afterBytes: Int, ChecksumAlgorithm?)
    }

    // MARK: - Requests

    /// Creates an upload, with several requests if necessary. Under a key they create one upload.
    func create(
        _ fields: HTTPFields, _ body: ByteBuffer?, key: String?, _ content: Content, isPart: Bool = false
    ) async throws -> String {
        var fields = fields.merging(Self.version)
        if body != nil { fields[.contentType] = Tus.contentType }
        let (all, bytes) = (fields, body.map { TransportRequest.Body.bytes($0) } ?? .none)
        let answer = try await calls.answer([201]) {
            try await $0.send(.post, Self.creation, bytes, key: key, fields: all)
        }
        let id = try #require(answer.fields[.location]).suffix(32)
        let path = Self.creation + "/" + id
        promises.began(path, content, isPart: isPart)
        if let offset = answer.fields[TusField.uploadOffset].flatMap({ Int($0) }) {
            promises.acknowledged(offset, of: path, isDeferred: fields[TusField.uploadDeferLength] != nil)
        }
        return path
    }

    func status(of path: String) async throws -> Status {
        let acknowledged = promises.offset(of: path)
        let answer = try await calls.answer([200]) { try await $0.send(.head, path, fields: Self.version) }
        let offset = answer.fields[TusField.uploadOffset].flatMap { Int($0) }
        if offset ?? 0 < acknowledged {
            ledger.violation("\(path) was at \(acknowledged) and is at \(offset ?? 0)")
        }
        let isDeferred = answer.fields[TusField.uploadDeferLength] != nil
        if let offset { promises.acknowledged(offset, of: path, isDeferred: isDeferred) }
        return Status(offset: offset, isDeferred: isDeferred)
    }

    /// The outcome of a `PATCH`.
    enum Outcome {
        case acknowledged(offset: Int)
        case mismatched
        /// No response, or another request for the upload took over: some of the bytes may count.
        case unknown
    }

    /// Sends bytes once.
    func patch(
        _ path: String, at offset: Int, _ bytes: ByteBuffer, length: Int?, _ variant: PatchVariant
    ) async throws -> Outcome {
        await calls.serverUp.wait()
        promises.count { $0.requests += 1 }
        var fields = Self.version
        fields[.contentType] = Tus.contentType
        fields[TusField.uploadOffset] = String(offset)
        fields[TusField.uploadLength] = length.map { String($0) }
        fields[TusField.uploadChecksum] = variant.checksum(of: bytes)
        let answer: RawCalls.Answer
        do {
            answer = try await calls.calls.send(.patch, path, variant.body(bytes), fields: fields)
        } catch is TransportError {
            if case .cut = variant { promises.count { $0.cut += 1 } }
            return .unknown
        }
        switch (answer.status, variant) {
        case (204, .plain), (204, .checked):
            let end = answer.fields[TusField.uploadOffset].flatMap { Int($0) }
            guard end == offset + bytes.readableBytes else {
                ledger.violation("\(path) took \(bytes.readableBytes) bytes at \(offset) and is at \(end ?? -1)")
                return .unknown
            }
            // HEAD shows whether the upload is finished.
            promises.acknowledged(offset + bytes.readableBytes, of: path, isDeferred: true)
            return .acknowledged(offset: offset + bytes.readableBytes)
        case (460, .mismatched):
            promises.count { $0.mismatched += 1 }
            return .mismatched
        case (409, _), (503, _): return .unknown
        // A later request of this client has taken over.
        case (400, _) where String(buffer: answer.body).contains("superseded"): return .unknown
        default: throw RetryingCalls.Unexpected(description: "\(answer.status): \(String(buffer: answer.body))")
        }
    }

    /// Deletes an upload. Only the first of several responses is 204.
    func delete(_ path: String) async throws {
        promises.set(.maybeDeleted, path)
        _ = try await calls.answer([204, 404]) { try await $0.send(.delete, path, fields: Self.version) }
        promises.set(.deleted, path)
        promises.count { $0.deleted += 1 }
    }

    func read(_ path: String, _ range: Range<Int>?, of content: Content) async throws {
        var fields: HTTPFields = [:]
        if let range { fields[.range] = "bytes=\(range.lowerBound)-\(range.upperBound - 1)" }
        let all = fields
        let answer = try await calls.answer([range == nil ? 200 : 206]) { try await $0.send(.get, path, fields: all) }
        promises.count { $0.readBack += 1 }
        let expected = range.map { content[$0] } ?? content.buffer
        if answer.body != expected { ledger.violation("\(path) came back different") }
    }

    static let version: HTTPFields = [TusField.resumable: Tus.version]
}

extension HTTPFields {
    fileprivate func merging(_ others: HTTPFields) -> HTTPFields {
        var fields = self
        for field in others { fields[field.name] = field.value }
        return fields
    }
}

extension TusCalls {
    /// Verifies every acknowledgement. Incomplete uploads are completed, so that a lost acknowledged byte is detected.
    func verify() async throws {
        for (path, upload) in promises.uploads {
            switch upload.state {
            case .open, .finished:
                try await complete(path, upload.content)
                if !upload.isPart { try await read(path, nil, of: upload.content) }
            case .maybeDeleted: break
            case .deleted:
                _ = try await calls.answer([404]) { try await $0.send(.head, path, fields: Self.version) }
            }
        }
    }

    private func complete(_ path: String, _ content: Content) async throws {
        let status = try await status(of: path)
        guard let offset = status.offset else { return ledger.violation("\(path) is not assembled") }
        guard offset < content.length || status.isDeferred else { return }
        _ = try await patch(
            path, at: offset, content[offset..<content.length], length: content.length, .checked(.sha256))
        if try await self.status(of: path).offset != content.length { ledger.violation("\(path) cannot be finished") }
    }
}
