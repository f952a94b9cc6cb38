import SessionCore

extension SessionCompat {
    /// The checksums of an upload's blocks; nil if its bytes are in the catalogue, which has none.
    func checksums(of meta: UploadSessionMeta, in range: Range<UInt64>) async throws(UploadError) -> BlockChecksums? {
        meta.storage == .file ? try await catalogue.checksums(of: meta.session, in: range) : nil
    }

    /// Marks damaged blocks of a pending upload as missing. Its calls in progress fail; the next one reads it again.
    ///
    /// - Returns: The error for them.
    func forget(
        _ damaged: [UInt64], of reference: ActiveUploadReference, _ layout: SessionLayout
    ) async throws(UploadError) -> UploadError {
        try await catalogue.forgetPieces(of: reference.id, in: layout.ranges(ofBlocks: damaged))
        let error = UploadError(
            .unavailable(
                detail: """
                    stored bytes of upload \(reference.id.text) differ from what was received, in the blocks \
                    \(damaged.list { "\($0)" }); its client has to send them again
                    """))
        applyToState(reference) { upload in upload.state.lose(error) }
        return error
    }

    /// Compares stored bytes of an upload with the checksums of their blocks.
    ///
    /// - Parameters:
    ///   - range: Begins with a block.
    ///   - end: The end of the upload, or of its durable bytes.
    /// - Returns: The damaged blocks, and the number of bytes that had checksums.
    func verify(
        _ key: ObjectKey, of id: SessionId, _ layout: SessionLayout, in range: Range<UInt64>, end: UInt64
    ) async throws(UploadError) -> (damaged: [UInt64], verifiedBytes: UInt64) {
        var verifier = BlockVerifier(blockBytes: layout.blockBytes, position: range.lowerBound, end: end)
        while verifier.position < range.upperBound {
            let step = layout.verificationStep(in: verifier.position..<range.upperBound)
            guard let recorded = try await catalogue.checksums(of: id, in: step) else { break }
            let running = Running(verifier)
            try await blobs.scan(key, step) { bytes in running.update { $0.update(bytes, recorded) } }
            verifier = running.current
        }
        return (verifier.damaged, verifier.verifiedBytes)
    }
}

extension SessionLayout {
    /// The bytes whose checksums are read together: up to 64 MiB or 1024 blocks.
    func verificationStep(in range: Range<UInt64>) -> Range<UInt64> {
        let (bytes, overflow) = blockBytes.multipliedReportingOverflow(by: 1024)
        let step = min(overflow ? .max : bytes, 64 << 20)
        return range.lowerBound..<range.lowerBound + min(step, UInt64(range.count))
    }

    /// The bytes of whole blocks, merged where adjacent.
    ///
    /// - Parameter indices: Ascending.
    func ranges(ofBlocks indices: [UInt64]) -> [Range<UInt64>] {
        indices.reduce(into: []) { ranges, index in
            let range = range(ofBlock: index)
            if let last = ranges.last, last.upperBound == range.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
            } else {
                ranges.append(range)
            }
        }
    }

    /// The bytes of a whole block.
    func range(ofBlock index: UInt64) -> Range<UInt64> {
        let start = index * blockBytes
        let (end, overflow) = start.addingReportingOverflow(blockBytes)
        return start..<(overflow ? .max : end)
    }
}

extension Array {
    /// The first elements, for a message.
    func list(_ text: (Element) -> String) -> String {
        prefix(10).map(text).joined(separator: ", ") + (count > 10 ? " and \(count - 10) more" : "")
    }
}

extension Session {
    /// The durable bytes in order, merged where adjacent.
    package var durableRanges: [Range<UInt64>] {
        guard let size = spec.chunkSize else { return offset > 0 ? [0..<offset] : [] }
        return pieces.ranges().map { chunks in
            let end = (chunks.upperBound + 1) * size
            return chunks.lowerBound * size..<min(end, spec.expectedBytes ?? end)
        }
    }
}
