import SessionCore

/// Reads a slice of a file in order and compares whole blocks with their checksums.
struct VerifiedStream<Store: Catalogue, Blobs: BlobStore>: Sendable {
    private let catalogue: Store
    private let extent: Extent
    private let end: UInt64
    private var stream: Blobs.Stream
    private var position: UInt64
    private var layout: SessionLayout?
    /// The checksums of the next bytes, and the end of these; nil before the first ones are read.
    private var recorded: (checksums: BlockChecksums, end: UInt64, verifier: BlockVerifier)?

    init(_ catalogue: Store, _ blobs: Blobs, _ slice: BlobSlice) {
        self.catalogue = catalogue
        extent = slice.extent
        position = slice.range.lowerBound
        end = slice.range.upperBound
        stream = blobs.stream(slice.extent.key, slice.range)
    }

    /// The next bytes; nil at the end.
    ///
    /// While the catalogue cannot be read, bytes are not verified.
    ///
    /// - Throws: `store_corrupt` in the place of the bytes that complete a damaged block; errors of the stream.
    mutating func next(limit: Int) async throws(UploadError) -> [UInt8]? {
        guard position < end else { return nil }
        await readChecksums()
        let left = (recorded?.end ?? end) - position
        guard let bytes = try await stream.next(limit: min(limit, Int(clamping: left))), !bytes.isEmpty else {
            throw UploadError(.storeCorrupt(detail: "\(extent.source.text): no bytes at \(position)"))
        }
        position += UInt64(bytes.count)
        if let recorded { bytes.withBytes { self.recorded?.verifier.update($0, recorded.checksums) } }
        if let block = recorded?.verifier.damaged.first {
            throw UploadError(
                .storeCorrupt(detail: "\(extent.source.text): the stored bytes of block \(block) are damaged"))
        }
        return bytes
    }

    private mutating func readChecksums() async {
        guard position >= recorded?.end ?? 0 else { return }
        if layout == nil { layout = ((try? await catalogue.checksums(of: extent.source, in: 0..<1)) ?? nil)?.layout }
        guard let layout else { return }
        let step = layout.verificationStep(in: position..<end)
        guard let checksums = (try? await catalogue.checksums(of: extent.source, in: step)) ?? nil else {
            recorded = nil
            return
        }
        let verifier =
            recorded?.verifier ?? BlockVerifier(blockBytes: layout.blockBytes, position: position, end: extent.length)
        recorded = (checksums, step.upperBound, verifier)
    }
}
