package import SessionCore
package import UploadCore

/// Receives pieces of an existing upload: a chunk, or bytes at an offset.
extension TransferService {
    /// Receives one chunk, which counts as a whole or not at all.
    ///
    /// - Parameters:
    ///   - byteCount: Announced by the request; nil if unknown.
    ///   - digest: The expected SHA-256 of the chunk.
    /// - Throws: As `UploadService.openChunk`, before the body is read; as `UploadWriter.write` and `complete`; errors
    ///   of the body.
    package func receiveChunk<Body: AsyncSequence>(
        _ body: Body, index: UInt64, of id: SessionId, byteCount: UInt64?, digest: Digest?, by caller: Principal
    ) async throws where Body.Element: BodyBuffer {
        let writer = try await uploads.openChunk(
            id, index: index, byteCount: byteCount, isDigested: digest != nil, by: caller)
        var received: UInt64 = 0
        do {
            var body = BodyReader(body)
            while let count = try await body.write(to: writer) { received += count }
        } catch {
            await writer.cancel()
            throw error
        }
        try await writer.complete(expecting: digest)
        observer.bytesAcknowledged(received)
    }

    /// Receives bytes at the end of an upload, and commits it if they are the last. Supersedes an append that is still
    /// open, whose written bytes count if this request starts after them.
    ///
    /// If the body breaks off, the received bytes are kept. With a checksum they count only if the whole body was
    /// received and matches.
    ///
    /// - Throws: Before the body is read: `offset_mismatch` and the other errors of `UploadService.openAppend`;
    ///   `TransferError` for the announced lengths. Afterwards: as `UploadWriter.write` and `complete`; errors of the
    ///   body and of the checksum.
    package func receiveAppend<Body: AsyncSequence>(
        _ body: Body, to id: SessionId, _ append: AppendRequest, by caller: Principal
    ) async throws -> AppendResult where Body.Element: BodyBuffer {
        let writer = try await uploads.openAppend(
            id, at: append.offset, isAllOrNothing: append.checksum != nil, onStop: append.onStop, by: caller)
        let length: UInt64?
        do {
            // Only now is the offset known to be right, and only then may the request declare a length.
            length = try await declareLength(of: id, append, by: caller)
        } catch {
            await writer.cancel()
            throw error
        }
        await append.onProgress?(append.offset)
        var reader = BodyReader(body)
        let offset = try await receive(&reader, into: writer, append, upTo: length)
        do {
            return AppendResult(offset: offset, record: try await finish(id, after: append, at: offset, by: caller))
        } catch let error as UploadError {
            // It was there when this request began.
            throw Self.failure(error, error)
        }
    }

    /// Commits an upload if an append that has ended at an offset was its last. Not inlined, nor what comes before the body:
    /// their frames are not there while it is waited for.
    @inline(never)
    private func finish(
        _ id: SessionId, after append: AppendRequest, at offset: UInt64, by caller: Principal
    ) async throws -> UploadRecord {
        let record = try await uploads.status(of: id, by: caller)
        let length = record.session.spec.expectedBytes
        switch append.completion {
        // The offset of this request alone: a newer one may have appended more bytes.
        case .atLength: return offset == length ? try await finishIfComplete(record, by: caller) : record
        case .stated(isLast: false): return record
        case .stated(isLast: true):
            // The body was shorter than the client itself had said.
            guard offset == length ?? offset else { throw TransferError.contradictsLength }
            return try await commit(id, length: offset, by: caller)
        }
    }

    /// - Returns: The length of the upload; nil while it is unknown.
    @inline(never)
    private func declareLength(
        of id: SessionId, _ append: AppendRequest, by caller: Principal
    ) async throws -> UInt64? {
        let known = try await uploads.status(of: id, by: caller).session.spec.expectedBytes
        let isLast = append.completion == .stated(isLast: true)
        let end = append.announcedBytes.map { append.offset.saturatingSum($0) }
        guard let length = known ?? append.declaredLength ?? (isLast ? end : nil) else { return nil }
        guard append.declaredLength ?? length == length, length >= append.offset else {
            throw TransferError.contradictsLength
        }
        if let end, isLast, end < length { throw TransferError.contradictsLength }
        if known == nil || append.declaredLength != nil {
            _ = try await uploads.declareLength(of: id, length, by: caller)
        }
        if let end, end > length { throw TransferError.exceedsLength(length) }
        return length
    }

    /// - Returns: The offset after the last byte.
    func receive<Body: AsyncSequence>(
        _ body: inout BodyReader<Body>, into writer: consuming Writer, _ append: AppendRequest, upTo length: UInt64?
    ) async throws -> UInt64 where Body.Element: BodyBuffer {
        let observe: (@Sendable (UnsafeRawBufferPointer) -> Void)?
        if let checksum = append.checksum {
            observe = { bytes in checksum.update(bytes) }
        } else {
            observe = nil
        }
        do {
            var (end, reported) = (append.offset, append.offset)
            while try await body.hasMore() {
                if let length, end >= length { throw TransferError.exceedsLength(length) }
                // Of a buffer that crosses the end, the bytes before it count.
                let room = length.map { $0 - end } ?? .max
                guard let count = try await body.write(to: writer, atMost: room, observe: observe) else { break }
                end += count
                guard append.checksum == nil, let report = append.onProgress else { continue }
                let durable = writer.durableOffset
                if durable > reported {
                    reported = durable
                    await report(durable)
                }
            }
            try append.checksum?.verify()
        } catch {
            let reason = await writer.stopReason() ?? error as? UploadError
            await writer.cancel()
            throw Self.failure(error, reason)
        }
        do {
            try append.checkEnd?()
        } catch {
            await writer.discard()
            throw error
        }
        let end: UInt64
        do throws(UploadError) {
            end = try await writer.complete()
        } catch {
            throw Self.failure(error, error)
        }
        observer.bytesAcknowledged(end - append.offset)
        return end
    }

    /// The failure of a request whose writer another one may have stopped.
    private static func failure(_ error: any Error, _ reason: UploadError?) -> any Error {
        guard let reason, reason.code == .superseded || reason.code == .gone else { return error }
        return TransferError.stopped(reason)
    }
}

/// The parameters of an append.
package struct AppendRequest: Sendable {
    package var offset: UInt64
    /// The total length, for an upload that was begun without one. Repeating a known length is allowed.
    package var declaredLength: UInt64?
    /// The size of the body; nil if unknown.
    package var announcedBytes: UInt64?
    package var checksum: (any BodyChecksum)?
    /// Called after the last byte. If it throws, the bytes that are not durable yet are dropped.
    package var checkEnd: (@Sendable () throws -> Void)?
    /// Which append is the last one of its upload.
    package var completion: Completion
    /// Called with the durable offset, before the body and whenever it has become larger, for interim responses. With a
    /// checksum only before the body: nothing of it is durable before its end.
    package var onProgress: (@Sendable (UInt64) async -> Void)?
    /// Called once another request has taken over or ended the upload, so that reading the body can be given up.
    package var onStop: (@Sendable () -> Void)?

    package init(
        offset: UInt64, declaredLength: UInt64? = nil, announcedBytes: UInt64? = nil,
        checksum: (any BodyChecksum)? = nil, completion: Completion = .atLength,
        onProgress: (@Sendable (UInt64) async -> Void)? = nil,
        checkEnd: (@Sendable () throws -> Void)? = nil, onStop: (@Sendable () -> Void)? = nil
    ) {
        self.offset = offset
        self.declaredLength = declaredLength
        self.announcedBytes = announcedBytes
        self.checksum = checksum
        self.completion = completion
        self.checkEnd = checkEnd
        self.onProgress = onProgress
        self.onStop = onStop
    }

    package enum Completion: Hashable, Sendable {
        /// The one that reaches the length of the upload.
        case atLength
        /// The client states whether it is this one. Its end is then that of the upload, and must be at the known length.
        case stated(isLast: Bool)
    }
}

/// The result of an append.
package struct AppendResult: Sendable {
    /// The offset after the last byte of this request.
    package let offset: UInt64
    package let record: UploadRecord
}

extension UInt64 {
    fileprivate func saturatingSum(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
