/// The head of a request of HTTP/1.1, as far as the clients of benchmarks use it.
package struct RequestHead {
    package let method: Substring
    package let target: Substring
    private let lines: ArraySlice<Substring>

    init(_ bytes: some Collection<UInt8>) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ") ?? []
        method = words.first ?? ""
        target = words.count > 1 ? words[1] : ""
        self.lines = lines.dropFirst()
    }

    /// The value of a field.
    ///
    /// - Parameter name: In lower case.
    package subscript(name: String) -> Substring? {
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == name { return parts[1].drop { $0 == " " } }
        }
        return nil
    }

    package var contentLength: Int { self["content-length"].flatMap { Int($0) } ?? 0 }
}

/// Reads the head of a request in the pieces in which it arrives.
package struct RequestHeadReader {
    private static let end = Array("\r\n\r\n".utf8)

    private var bytes: [UInt8] = []

    package init() {}

    /// - Returns: nil before the end of the head; with it what follows in `piece`.
    package mutating func read(_ piece: UnsafeRawBufferPointer) -> (RequestHead, rest: UnsafeRawBufferPointer)? {
        let seen = bytes.count
        bytes += piece
        guard let end = bytes[max(0, seen - 3)...].firstRange(of: Self.end)?.upperBound else { return nil }
        let head = RequestHead(bytes[..<end])
        bytes = []
        return (head, UnsafeRawBufferPointer(rebasing: piece[(end - seen)...]))
    }
}
