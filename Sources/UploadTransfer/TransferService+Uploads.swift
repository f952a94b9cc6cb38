import SessionCore
package import UploadCore

/// Receives requests that begin an upload and carry its bytes.
extension TransferService {
    /// Receives a whole upload in one request: a small one in one transaction and without a file, a larger one in
    /// chunks. If the request repeats an idempotency key, its body is compared with the first one.
    ///
    /// - Parameters:
    ///   - request: `length` and `expectedDigest` as announced; `layout` is ignored.
    ///   - check: For a small upload. The access of a large one is always checked before its body is read.
    /// - Returns: The committed upload: created by this request, or replayed.
    /// - Throws: As `UploadService.putWhole`, `beginUpload`, `openChunk` and `commit`; errors of the body.
    package func receiveWhole<Body: AsyncSequence>(
        _ body: Body, _ request: BeginRequest, accessCheck check: AccessCheckTime, by caller: Principal
    ) async throws -> Began where Body.Element: BodyBuffer {
        var body = BodyReader(body)
        if let bytes = try await readSmall(&body, request, check, by: caller) {
            return try await storeSmall(bytes, request, by: caller)
        }
        return try await receiveLarge(&body, request, by: caller)
    }

    /// As `receiveWhole`, but only reads a small upload: its caller can store several of them at the same time with
    /// `storeSmall`.
    package func readWhole<Body: AsyncSequence>(
        _ body: Body, _ request: BeginRequest, accessCheck check: AccessCheckTime, by caller: Principal
    ) async throws -> ReadUpload where Body.Element: BodyBuffer {
        var body = BodyReader(body)
        if let bytes = try await readSmall(&body, request, check, by: caller) { return .small(bytes) }
        return .stored(try await receiveLarge(&body, request, by: caller))
    }

    /// Stores the bytes of a small upload in one transaction.
    ///
    /// - Throws: As `UploadService.putWhole`.
    package func storeSmall(
        _ bytes: [UInt8], _ request: BeginRequest, by caller: Principal
    ) async throws(UploadError) -> Began {
        var request = request
        request.isWhole = true
        let began = try await uploads.putWhole(request, bytes, by: caller)
        observer.bytesAcknowledged(UInt64(bytes.count))
        return began
    }

    /// Begins an append upload and receives the bytes in the request: all of them, some, or none. If the request
    /// repeats an idempotency key, it returns the upload as it is, and receives the bytes only if the upload has none
    /// yet.
    ///
    /// - Parameters:
    ///   - hasBody: Whether the request announces a body.
    ///   - append: The append of the body, at offset 0.
    ///   - isIdKnown: Whether the client can find the upload even if the body breaks off, by its key or from an interim
    ///     response. Otherwise a failure aborts the upload.
    /// - Throws: As `UploadService.beginUpload`, before the body is read, and `receiveAppend`.
    package func receiveInitial<Body: AsyncSequence>(
        _ body: Body, hasBody: Bool, _ request: BeginRequest, _ append: AppendRequest, isIdKnown: Bool,
        by caller: Principal
    ) async throws -> UploadRecord where Body.Element: BodyBuffer {
        if let length = request.length, let announced = append.announcedBytes, announced > length {
            throw TransferError.exceedsLength(length)
        }
        var body = BodyReader(body)
        let isWhole = request.length == 0 || hasBody && append.announcedBytes == request.length
        if isWhole, let length = request.length, length <= limits.catalogueBytesMax {
            return try await receiveSmall(&body, length, request, append, by: caller)
        }
        let began = try await uploads.beginUpload(request, by: caller)
        var record = began.record
        if case .replayed = began { record = try await uploads.quiescedStatus(of: record.id, by: caller) }
        let isEmpty = record.session.meta.status.isPending && record.session.offset == 0
        do {
            if hasBody, isEmpty {
                let writer = try await uploads.openAppend(
                    record.id, at: 0, isAllOrNothing: append.checksum != nil, onStop: append.onStop, by: caller)
                _ = try await receive(&body, into: writer, append, upTo: request.length)
                record = try await uploads.status(of: record.id, by: caller)
            }
            return try await finishIfComplete(record, by: caller)
        } catch {
            if !isIdKnown { try? await uploads.abort(record.id, by: caller) }
            throw error
        }
    }

    // MARK: - Small

    private func receiveSmall<Body: AsyncSequence>(
        _ body: inout BodyReader<Body>, _ length: UInt64, _ request: BeginRequest, _ append: AppendRequest,
        by caller: Principal
    ) async throws -> UploadRecord where Body.Element: BodyBuffer {
        try await requireAccess(request, .beforeBody, caller)
        guard let bytes = try await body.collectWhole(atMost: Int(length)) else {
            throw TransferError.exceedsLength(length)
        }
        if let checksum = append.checksum {
            bytes.withUnsafeBytes { checksum.update($0) }
            try checksum.verify()
        }
        try append.checkEnd?()
        let began = try await uploads.putWhole(request, bytes, by: caller)
        observer.bytesAcknowledged(UInt64(bytes.count))
        return began.record
    }

    /// - Returns: The bytes of an upload that is stored in the catalogue; nil for a larger one, of which nothing is lost.
    private func readSmall<Body: AsyncSequence>(
        _ body: inout BodyReader<Body>, _ request: BeginRequest, _ check: AccessCheckTime, by caller: Principal
    ) async throws -> [UInt8]? where Body.Element: BodyBuffer {
        let smallMax = limits.catalogueBytesMax
        guard request.length.map({ $0 <= smallMax }) ?? true else { return nil }
        try await requireAccess(request, check, caller)
        return try await body.collectWhole(atMost: Int(smallMax))
    }

    private func requireAccess(
        _ request: BeginRequest, _ check: AccessCheckTime, _ caller: Principal
    ) async throws(UploadError) {
        guard check == .beforeBody else { return }
        try await uploads.requireUploading(to: request.capsule, by: caller)
    }

    // MARK: - Large

    /// Large enough to make syncs rare: no client sees these chunks.
    private func chunkSize(for length: UInt64?) -> UInt64 {
        let least = max(limits.chunkSizeMin, (length ?? 0) / max(1, limits.chunksMax) + 1)
        return min(limits.chunkSizeMax, max(limits.checkpointBytes, least))
    }

    /// Where the bytes of a large upload go. Its record is many times as large, and thousands of bodies may wait at once.
    private enum LargeUpload {
        case open(SessionId, chunkSize: UInt64)
        /// Of an earlier request with the same key.
        indirect case committed(Began)
    }

    private func receiveLarge<Body: AsyncSequence>(
        _ body: inout BodyReader<Body>, _ request: BeginRequest, by caller: Principal
    ) async throws -> Began where Body.Element: BodyBuffer {
        switch try await beginLarge(request, by: caller) {
        case .committed(let began):
            try await compare(&body, with: began)
            return began
        case .open(let id, let chunkSize):
            do {
                let size = try await receiveChunks(&body, into: id, chunkSize: chunkSize, by: caller)
                return try await commitLarge(id, size, by: caller)
            } catch {
                // A request with a key can be repeated; its body is then compared with the chunks.
                if request.idempotencyKey == nil { try? await uploads.abort(id, by: caller) }
                throw error
            }
        }
    }

    /// Not inlined: its frame ends before the body is waited for.
    @inline(never)
    private func beginLarge(_ request: BeginRequest, by caller: Principal) async throws -> LargeUpload {
        var request = request
        request.isWhole = true
        request.layout = .chunks(size: chunkSize(for: request.length))
        let began = try await uploads.beginUpload(request, by: caller)
        guard began.record.blob == nil else { return .committed(began) }
        return .open(began.record.id, chunkSize: began.record.session.spec.chunkSize ?? limits.chunkSizeDefault)
    }

    /// - Throws: `idempotency_conflict` if the body differs from the bytes of the earlier request.
    @inline(never)
    private func compare<Body: AsyncSequence>(
        _ body: inout BodyReader<Body>, with began: Began
    ) async throws where Body.Element: BodyBuffer {
        guard case .whole(try await body.digest(computing: compute))? = began.record.digest else {
            throw UploadError(.idempotencyConflict)
        }
    }

    @inline(never)
    private func commitLarge(_ id: SessionId, _ size: UInt64, by caller: Principal) async throws -> Began {
        let record = try await commit(id, length: size, by: caller)
        observer.bytesAcknowledged(size)
        return .created(record)
    }

    /// - Returns: The total size.
    private func receiveChunks<Body: AsyncSequence>(
        _ body: inout BodyReader<Body>, into id: SessionId, chunkSize size: UInt64, by caller: Principal
    ) async throws -> UInt64 where Body.Element: BodyBuffer {
        var position: UInt64 = 0
        while try await body.hasMore() {
            let writer = try await uploads.openChunk(id, index: position / size, by: caller)
            do {
                let end = position + size
                while position < end, let count = try await body.write(to: writer, atMost: end - position) {
                    position += count
                }
            } catch {
                await writer.cancel()
                throw error
            }
            try await writer.complete()
        }
        return position
    }
}

/// A whole upload that was read from a request.
package enum ReadUpload: Sendable {
    /// All bytes of a small one, which is not stored yet.
    case small([UInt8])
    case stored(Began)
}
