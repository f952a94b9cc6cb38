import SessionCore
public import UploadCore

/// A sink of a `ModelBlobStore`. Holds nothing open.
public struct ModelSink: UploadSink {
    let store: ModelBlobStore
    let key: ObjectKey
    let spec: SessionSpec

    public func write(
        _ bytes: some BorrowedBytes, at offset: UInt64, _ visit: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    ) async throws(UploadError) {
        let end = try end(of: UInt64(bytes.count), at: offset)
        let new = bytes.withBytes { Array($0) }
        store.change(key) { object in
            if object.count < Int(end) {
                object.append(contentsOf: repeatElement(0, count: Int(end) - object.count))
            }
            object.replaceSubrange(Int(offset)..<Int(end), with: new)
        }
        if let visit { new.withUnsafeBytes { visit($0) } }
    }

    /// Where a lawful write ends.
    private func end(of count: UInt64, at offset: UInt64) throws(UploadError) -> UInt64 {
        let (end, overflow) = offset.addingReportingOverflow(count)
        let most = spec.expectedBytes ?? UInt64(Int.max)
        guard !overflow, end <= most else {
            throw UploadError(.sizeMismatch(expected: most, actual: overflow ? .max : end))
        }
        if let size = spec.chunkSize, count > 0, offset / size != (end - 1) / size {
            throw UploadError(.invalidArgument("bytes", "cross the end of a chunk"))
        }
        return end
    }

    /// Does nothing: what is written is as durable as it gets.
    public func sync() async throws(UploadError) {}

    public func matches(_ bytes: some BorrowedBytes, at offset: UInt64) async throws(UploadError) -> Bool {
        guard let object = store.object(key), offset <= UInt64(object.count) else { return false }
        let there = object.dropFirst(Int(offset)).prefix(bytes.count)
        return bytes.withBytes { $0.elementsEqual(there) }
    }

    public func seal(length: UInt64) async throws(UploadError) {
        guard let size = try await store.size(of: key) ?? (length == 0 ? 0 : nil), size >= length else {
            throw UploadError(.storeCorrupt(detail: "object \(key.digest.hex) is shorter than \(length) bytes"))
        }
        if size > length { store.change(key) { $0.removeLast($0.count - Int(length)) } }
    }

    public func close() {}
}
