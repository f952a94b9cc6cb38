import CLibPQ
import UploadCore

/// The parameters of one statement, in the binary format.
struct Parameters {
    private(set) var types: [Oid] = []
    private var bytes: [UInt8] = []
    /// Where each value begins in `bytes`; nil for NULL.
    private var starts: [Int?] = []
    private var lengths: [Int32] = []

    mutating func append(_ value: borrowing some ColumnValue) throws(UploadError) {
        let start = bytes.count
        let isPresent = try value.encode(into: &bytes)
        try end(type(of: copy value).type, isPresent: isPresent, start)
    }

    /// - Parameter encode: As `ColumnValue.encode`.
    mutating func append(
        _ type: Oid, _ encode: (inout [UInt8]) throws(UploadError) -> Bool
    ) throws(UploadError) {
        let start = bytes.count
        let isPresent = try encode(&bytes)
        try end(type, isPresent: isPresent, start)
    }

    private mutating func end(_ type: Oid, isPresent: Bool, _ start: Int) throws(UploadError) {
        guard let length = Int32(exactly: bytes.count - start) else {
            throw UploadError(.invalidArgument("value", "has too many bytes for the catalogue"))
        }
        types.append(type)
        starts.append(isPresent ? start : nil)
        lengths.append(length)
    }

    /// Calls `body` with the values, their lengths and their formats, as `PQsendQueryParams` takes them.
    func withPointers<Value>(
        _ body: (_ values: [UnsafePointer<CChar>?], _ lengths: [Int32], _ formats: [Int32]) -> Value
    ) -> Value {
        // An empty value needs a pointer, too: without one it would be NULL.
        (bytes + [0]).withUnsafeBytes { all in
            let values = starts.map { start in
                start.flatMap { all.baseAddress?.advanced(by: $0).assumingMemoryBound(to: CChar.self) }
            }
            return body(values, lengths, Array(repeating: 1, count: values.count))
        }
    }
}
