import NIOCore

/// A body of `multipart/form-data` (RFC 7578). Pure: the boundary is an argument.
struct MultipartForm: Sendable {
    let boundary: String
    private var buffer = ByteBuffer()

    /// - Parameter boundary: 1 to 70 letters and digits that no part contains after a line feed, such as 32 random ones.
    init(boundary: String, reservingBytes count: Int = 0) {
        self.boundary = boundary
        buffer.reserveCapacity(count)
    }

    var contentType: String { "multipart/form-data; boundary=\(boundary)" }

    /// - Parameters:
    ///   - name: ASCII without quotation marks and control characters, as the other strings.
    ///   - filename: nil for a part that is not a file.
    mutating func add(name: String, filename: String? = nil, type: String, _ content: ByteBuffer) {
        let file = filename.map { "; filename=\"\($0)\"" } ?? ""
        buffer.writeString("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\(file)\r\n")
        buffer.writeString("Content-Type: \(type)\r\n\r\n")
        buffer.writeImmutableBuffer(content)
        buffer.writeString("\r\n")
    }

    func finished() -> ByteBuffer {
        var whole = buffer
        whole.writeString("--\(boundary)--\r\n")
        return whole
    }
}
