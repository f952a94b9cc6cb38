public import DurableFiles
public import SessionCore
public import UploadCore

/// Takes bytes through to the file of one upload, at their offset, keeping none. *Stable* means: when `sync` has returned,
/// what was written before survives power loss (at `Durability.powerLoss`).
///
/// The file is found by its key alone, SHA-256(provisional memory id, 0, session id), so two sessions never share one. All
/// calls block.
public struct StableBlobSink<Files: FileSystem>: ByteSink, Sendable {
    public typealias Failure = UploadError

    private let object: ObjectFile<Files>
    private let chunkSize: UInt64?
    private let length: UInt64?
    private var first: ObjectFile<Files>.WriteMark?
    private var last: ObjectFile<Files>.WriteMark?

    init(_ object: ObjectFile<Files>, _ spec: SessionSpec) {
        self.object = object
        chunkSize = spec.chunkSize
        length = spec.expectedBytes
    }

    /// Writes all bytes at an offset.
    ///
    /// - Throws: `size_mismatch` past the upload's length, `invalid_argument` across the end of a chunk, both with nothing
    ///   written; `store_full`, `unavailable`.
    public mutating func write(_ bytes: RawSpan, at offset: UInt64) throws(UploadError) {
        try checkPlace(offset, UInt64(bytes.byteCount))
        let mark = try bytes.withUnsafeBytes { bytes throws(UploadError) in
            try UploadError.translating { () throws(FileError) in try object.write(bytes, at: offset) }
        }
        if first == nil { first = mark }
        last = mark
    }

    /// Makes what this sink has written durable.
    ///
    /// - Throws: `store_full`, `unavailable`: the writes since the last `sync` count as not done.
    public mutating func sync() throws(UploadError) {
        guard let first, let last else { return }
        self.first = nil
        self.last = nil
        try UploadError.translating { () throws(FileError) in try object.sync(from: first, through: last) }
    }

    func matches(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(UploadError) -> Bool {
        try UploadError.translating { () throws(FileError) in try object.matches(bytes, at: offset) }
    }

    private func checkPlace(_ offset: UInt64, _ count: UInt64) throws(UploadError) {
        let (end, overflow) = offset.addingReportingOverflow(count)
        guard !overflow, end <= length ?? UInt64(Int64.max) else {
            throw UploadError(.sizeMismatch(expected: length ?? UInt64(Int64.max), actual: overflow ? .max : end))
        }
        guard let chunkSize, count > 0, offset / chunkSize != (end - 1) / chunkSize else { return }
        throw UploadError(.invalidArgument("offset", "\(offset) and \(count) bytes cross the end of a chunk"))
    }
}
